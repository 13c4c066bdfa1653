/** A copy of a message with some of its fields changed; the others are shared. */
export const altered = <M extends object>(message: M, changes: Partial<M>): M => {
  const copy: M = Object.create(Object.getPrototypeOf(message));
  return Object.assign(copy, message, changes);
};
