import { graphSays, problem, type Problem } from '@kirchhoff/message';

/**
 * The names of a document. A body has its own scope around which the outer one lies: it may read outer names, but no
 * two things in a document, bodies included, bear one name.
 */
export interface Scope {
  /** Takes a name for what stands at `pointer`. False, and a problem, where it is already taken. */
  readonly declare: (name: string, what: string, pointer: string) => boolean;
  /** Whether a name can be read here. */
  readonly has: (name: string) => boolean;
  readonly names: () => readonly string[];
  readonly inner: () => Scope;
}

type Taken = Map<string, string>;

const scopeWithin = (outer: Scope | undefined, taken: Taken, problems: Problem[]): Scope => {
  const own = new Set<string>();
  const scope: Scope = {
    declare: (name, what, pointer) => {
      const first = taken.get(name);
      own.add(name);
      if (name === '') problems.push(problem(pointer, graphSays.emptyName()));
      else if (name === '__proto__') problems.push(problem(pointer, graphSays.reservedName(name)));
      else if (first !== undefined) problems.push(problem(pointer, graphSays.duplicateName(name, first)));
      else taken.set(name, `${what} ${pointer}`);
      return name !== '' && first === undefined;
    },
    has: (name) => own.has(name) || (outer?.has(name) ?? false),
    names: () => [...own, ...(outer?.names() ?? [])],
    inner: () => scopeWithin(scope, taken, problems),
  };
  return scope;
};

export const documentScope = (problems: Problem[]): Scope => scopeWithin(undefined, new Map(), problems);
