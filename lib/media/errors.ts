/** The error of lib/media: which file, what is wrong with it, and a code to branch on. */

export const mediaErrorCodes = [
  /** No such file. */
  'NOT_FOUND',
  /** A folder, pipe, socket or device. */
  'NOT_A_FILE',
  /** The file may not be opened. */
  'UNREADABLE',
  /** Zero bytes. */
  'EMPTY',
  /** Not a media file, or damaged beyond opening. */
  'INVALID',
  /** The container promises more than the file holds. */
  'TRUNCATED',
  /** The file opens but some of its packets cannot be decoded. */
  'DAMAGED',
  /** A valid file that this FFmpeg cannot decode or this pool does not accept. */
  'UNSUPPORTED',
  /** The track that was asked for is missing. */
  'NO_TRACK',
  /** The result would take more than `maxResultBytes`. */
  'TOO_LARGE',
  /** The task ran longer than `timeoutMs`. */
  'TIMEOUT',
  /** The worker grew beyond `maxRssBytes`, or the system had no more memory for it. */
  'MEMORY',
  /** The worker process died, usually of a fault that the file provoked in a decoder, or could not start. */
  'CRASHED',
  /** The arguments make no sense, whatever the file. */
  'BAD_REQUEST',
  /** The output could not be written. */
  'WRITE_FAILED',
  /** node-av is not installed or does not load here. */
  'NODE_AV_MISSING',
  /** The pool was closed. */
  'CLOSED',
  /** A fault of earsight: please report it. */
  'INTERNAL',
] as const;

export type MediaErrorCode = (typeof mediaErrorCodes)[number];

export class MediaError extends Error {
  override readonly name = 'MediaError';
  readonly code: MediaErrorCode;
  /** The file as the caller named it. */
  readonly file: string;
  readonly reason: string;
  /** The sample that names the file; undefined where none does. */
  readonly sampleId: string | undefined;

  constructor(code: MediaErrorCode, file: string, reason: string, sampleId?: string) {
    super(`${file}: ${reason}${sampleId === undefined ? '' : `; a file of sample '${sampleId}'`} (${code})`);
    this.code = code;
    this.file = file;
    this.reason = reason;
    this.sampleId = sampleId;
  }
}
