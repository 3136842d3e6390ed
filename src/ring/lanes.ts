/** Ingress lanes in the order in which the engine polls them, before every frame. */

/** Smaller is sooner. Kill is a shared word, not a lane of messages, and closing effects ride with commands. */
export enum Lane {
  Kill = 0,
  Private = 1,
  Commands = 2,
  Wishes = 3,
  Market = 4,
}

export const LANE_COUNT = 5;
