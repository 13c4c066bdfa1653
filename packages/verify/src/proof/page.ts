import { inTex, proofSays } from '@kirchhoff/message';
import type { Rule } from '@kirchhoff/rule';
import { proofsOf, type Proof } from './prove.js';
import { printSteps, type Step } from './story.js';

interface Titled {
  readonly title: string;
  readonly proof: Proof;
}

const titledProofs = (rules: readonly Rule[]): readonly Titled[] =>
  rules.flatMap((rule) =>
    proofsOf(rule).flatMap(({ ruleCase, ledger, conservative, positive }) =>
      Object.entries({ ledger, conservative, positive }).map(([claim, proof]) => ({
        title: `${rule.cases.length === 1 ? rule.name : `${rule.name} (${ruleCase.on})`} · ${claim}`,
        proof,
      })),
    ),
  );

/** What came of an attempt, in a line. */
const outcomeOf = (proof: Proof): string => {
  switch (proof.verdict) {
    case 'proved':
      return proofSays.proved;
    case 'not-proved':
      return proofSays.notProved(proof.remainder);
    case 'vacuous':
    case 'skipped':
      return proof.reason;
  }
};

const stepsOf = (proof: Proof): readonly Step[] => ('steps' in proof ? proof.steps : []);

/** What is proved of rules, step by step, as plain text. */
export const printProofs = (rules: readonly Rule[]): string =>
  titledProofs(rules)
    .map(({ title, proof }) => {
      const steps = printSteps(stepsOf(proof));
      return [`${title}: ${outcomeOf(proof)}`, ...(steps === '' ? [] : [steps.replaceAll(/^/gm, '  ')])].join('\n');
    })
    .join('\n\n');

/** Formulas in a title stand in the step's own TeX. */
const headingOf = ({ title }: Step): string => title.split(':', 1)[0]!;

const lines = {
  head: '\\documentclass{article}\n\\usepackage[a4paper,landscape,margin=1cm]{geometry}\n\\usepackage{amsmath}\n\\begin{document}\n\\scriptsize',
  foot: '\\end{document}',
} as const;

/** What is proved of rules as a LaTeX document. */
export const texOfProofs = (rules: readonly Rule[]): string =>
  [
    lines.head,
    ...titledProofs(rules)
      .filter(({ proof }) => stepsOf(proof).length > 0)
      .flatMap(({ title, proof }) => [
        `\\section*{${inTex(title.replace(' · ', ': '))}}`,
        ...stepsOf(proof).map(
          (step) => `\\paragraph{${inTex(headingOf(step))}}\\[ \\begin{gathered} ${step.tex} \\end{gathered} \\]`,
        ),
      ]),
    lines.foot,
  ].join('\n');
