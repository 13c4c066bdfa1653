/** Whether a person or the system asked a long run to stop. */
export interface Stop {
  /** Aborted with the signal's name as its reason. */
  readonly signal: AbortSignal;
  /** Leaves signals to do what they do by themselves. */
  readonly release: () => void;
}
