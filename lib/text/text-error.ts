/** A tokenizer or chat template that cannot be read; the message names the file. */
export class TextError extends Error {
  override readonly name = 'TextError';
  readonly file: string;

  constructor(file: string, reason: string) {
    super(`${file}: ${reason}`);
    this.file = file;
  }
}
