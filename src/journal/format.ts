/** Segment and batch layout. */
export const PAGE = 4096;
export const SEGMENT_MAGIC = 0x4d4c5347;
export const BATCH_MAGIC = 0x4d4c4254;
export const BATCH_HEADER = 72;
export function segmentName(n: number): string {
  return `${String(n).padStart(8, "0")}.seg`;
}
