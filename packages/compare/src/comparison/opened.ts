import { option, compareSays, printProblems, problem, type Problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { openMethodFor, type MethodRequest, type OpenMethod } from '../methods/index.js';
import type { Ground } from './ground.js';

/** A method that applies, open, and how it was asked for. */
export interface AskedMethod {
  readonly request: MethodRequest;
  readonly method: OpenMethod;
}

/** Methods that apply, open, and those that do not, with the reason. */
export interface Opened {
  readonly methods: readonly AskedMethod[];
  readonly skipped: readonly { readonly method: string; readonly reason: string }[];
}

const reasonOf = (method: string, problems: readonly Problem[]): string => {
  const [first, ...more] = problems;
  const at = (first?.at ?? '').slice(method.length).trim();
  const said = printProblems(first === undefined ? [] : [problem(at, first.message)]);
  return `${said}${more.length > 0 ? ` (and ${more.length} more)` : ''}`;
};

/** The method, whose sessions are closed once, however often that is asked. */
const closingOnce = (method: OpenMethod): OpenMethod => {
  let closed: Promise<void> | undefined;
  return { ...method, close: () => (closed ??= method.close()) };
};

/** Opens all methods before any runs. Where `skip` is false, what does not apply is refused. */
export const openMethods = async (
  { subject, model, cases }: Ground,
  requests: readonly MethodRequest[],
  skip: boolean,
): Promise<Result<Opened>> => {
  const methods: AskedMethod[] = [];
  const skipped: Opened['skipped'][number][] = [];
  const problems: Problem[] = [];
  for (const request of requests) {
    const opened = await openMethodFor(
      subject,
      request,
      cases.map(({ x }) => x.shape),
    );
    if (E.isRight(opened)) methods.push({ request, method: closingOnce(opened.right) });
    else if (skip) skipped.push({ method: request.name, reason: reasonOf(request.name, opened.left) });
    else {
      const [first] = opened.left;
      problems.push(problem(first?.at ?? '', first?.message ?? ''));
    }
  }
  if (methods.length === 0 && problems.length === 0)
    problems.push(problem(option('methods'), compareSays.noMethodApplies(model.name)));
  if (problems.length === 0) return E.right({ methods, skipped });
  for (const { method } of methods) await method.close();
  return E.left(problems);
};
