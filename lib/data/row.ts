/** What every row of a dataset has, whatever it teaches: trainers order rows, name them in messages and resume by them. */
export interface DataRow {
  readonly id: string;
  /** Path of its clip. Rows of one clip follow each other, so that it is encoded once for them. */
  readonly video?: string;
  readonly audio?: string | null;
}

/** Whether a row has a clip; one without is text alone. */
export function hasMedia({ video, audio }: Omit<DataRow, 'id'>): boolean {
  return video !== undefined || (audio ?? null) !== null;
}

/** The same text for rows of one clip; a row without one has its own. */
export function clipKey({ id, video, audio }: DataRow): string {
  return JSON.stringify(hasMedia({ video, audio }) ? [video ?? null, audio ?? null] : [id]);
}
