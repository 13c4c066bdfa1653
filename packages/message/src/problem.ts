import { capped, cappedMessage, visibleLines } from './words.js';

/**
 * One thing that is wrong with what a person gave us.
 * `at` names the place: a JSON Pointer (`/nodes/3/op`), a file (`rules/x.json /message column 7`), a node, or `''`.
 */
export interface Problem {
  readonly at: string;
  readonly message: string;
}

export const problem = (at: string, message: string): Problem => ({
  at: capped(at, 1000),
  message: cappedMessage(message),
});

/** The most problems of one document that are kept: whoever mends these sees the others then. */
export const problemLimit = 1000;

/** Adds problems to those found, as many as are kept. */
export const addProblems = (found: Problem[], more: readonly Problem[]): void => {
  for (const one of more) {
    if (found.length >= problemLimit) return;
    found.push(one);
  }
};

/** The same problems, seen from one level further out: a file in front of a pointer, a pointer in front of a column. */
export const within = (place: string, problems: readonly Problem[]): readonly Problem[] =>
  problems.map(({ at, message }) => problem(at === '' ? place : `${place} ${at}`, message));

/** `place: message`, one line per problem: what a person reads. */
export const printProblems = (problems: readonly Problem[]): string =>
  problems.map(({ at, message }) => (at === '' ? message : `${at}: ${message}`)).join('\n');

/** The most problems that are told one by one. */
const most = 20;

/** `printProblems` for a person at a terminal: of many problems the first, and how many more there are. */
export const tellProblems = (problems: readonly Problem[]): string =>
  visibleLines(
    [
      printProblems(problems.slice(0, most)),
      ...(problems.length > most ? [moreProblems(problems.length - most)] : []),
    ].join('\n'),
  );

const moreProblems = (count: number): string => `and ${count} more ${count === 1 ? 'problem' : 'problems'}`;

/** Thrown where no `Either` can travel (inside kernels, across promises); carries the same problems. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(readonly problems: readonly Problem[]) {
    super(printProblems(problems));
  }
}

export const refuse = (at: string, message: string): never => {
  throw new Refusal([problem(at, message)]);
};
