/** A command to be copied into a shell; words with blanks or signs of the shell's own are quoted. */
export function commandText(...words: string[]): string {
  return words
    .map((word) => (/^[\w%+,./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
