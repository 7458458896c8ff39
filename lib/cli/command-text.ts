/** A command to be copied into a shell; words with blanks or signs of the shell's own are quoted. */
export function commandText(...words: string[]): string {
  return words
    .map((word) => (/^[\w%+,./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}

/** The command that goes on with what a command has begun: not anew. @param words its arguments */
export function resumeText(words: readonly string[]): string {
  return commandText('earsight', ...words.filter((word) => word !== '--overwrite'));
}
