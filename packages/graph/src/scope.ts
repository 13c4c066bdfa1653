import { addProblems, graphSays, problem, type Problem } from '@kirchhoff/message';

/**
 * The names of a document. A body has its own scope around which the outer one lies: it may read outer names, but no
 * two things in a document, bodies included, bear one name.
 */
export interface Scope {
  /** Takes a name for what stands at `pointer`. False, and a problem, where it is already taken. */
  readonly declare: (name: string, what: string, pointer: string) => boolean;
  /** Whether a name can be read here. */
  readonly has: (name: string) => boolean;
  readonly names: () => Iterable<string>;
  readonly inner: () => Scope;
}

/** The most characters of a name. */
const nameLimit = 4096;

type Taken = Map<string, string>;

const scopeWithin = (outer: Scope | undefined, taken: Taken, problems: Problem[]): Scope => {
  const own = new Set<string>();
  const scope: Scope = {
    declare: (name, what, pointer) => {
      const first = taken.get(name);
      own.add(name);
      const wrong =
        name === ''
          ? graphSays.emptyName()
          : name === '__proto__'
            ? graphSays.reservedName(name)
            : name.length > nameLimit
              ? graphSays.longName(name.length, nameLimit)
              : first !== undefined
                ? graphSays.duplicateName(name, first)
                : undefined;
      if (wrong === undefined) taken.set(name, `${what} ${pointer}`);
      else addProblems(problems, [problem(pointer, wrong)]);
      return name !== '' && first === undefined;
    },
    has: (name) => own.has(name) || (outer?.has(name) ?? false),
    *names() {
      yield* own;
      if (outer !== undefined) yield* outer.names();
    },
    inner: () => scopeWithin(scope, taken, problems),
  };
  return scope;
};

export const documentScope = (problems: Problem[]): Scope => scopeWithin(undefined, new Map(), problems);
