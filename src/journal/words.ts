/** Int32 words that the journal thread, the engine and the control thread share. */

export enum JournalWord {
  Durable = 0,
  State = 1,
  Sleeping = 2,
  Stop = 3,
  FreezeMs = 4,
  Commits = 5,
  SyncUs = 6,
  SyncUsMax = 7,
}
export enum JournalState {
  Starting = 0,
  Running = 1,
  DiskFull = 2,
  Failed = 3,
  Stopped = 4,
}
export const JOURNAL_WORDS = 16;
