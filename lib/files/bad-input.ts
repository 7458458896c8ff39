/** Input that cannot be used: the command ends with exit code 2 and this message. */
export class BadInputError extends Error {
  override readonly name = 'BadInputError';
}
