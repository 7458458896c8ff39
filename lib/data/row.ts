/** What every row of a dataset has, whatever it teaches: trainers order rows, name them in messages and resume by them. */
export interface DataRow {
  readonly id: string;
  /** Path of its clip. Rows of one clip follow each other, so that it is encoded once for them. */
  readonly video?: string;
  readonly audio?: string | null;
}
