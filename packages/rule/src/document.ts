import * as t from 'io-ts';

const texts = t.record(t.string, t.string);

/** One of a rule's `parameters`. */
export const parameterDocument = t.exact(
  t.intersection([
    t.type({ default: t.number }),
    t.partial({ minimum: t.number, maximum: t.number, summary: t.string }),
  ]),
);

const claim = t.union([t.literal(false), t.exact(t.partial({ when: t.string }))]);

/** `on` as a kind of node. */
export const kindDocument = t.keyof({
  affine: null,
  weighted: null,
  plain: null,
  product: null,
  quotient: null,
  contraction: null,
  elementwise: null,
  maximum: null,
  axis: null,
  other: null,
});
/** `on` as a list of operators. */
export const operatorsDocument = t.exact(t.type({ op: t.array(t.string) }));
const on = t.union([kindDocument, operatorsDocument]);

const caseFields = t.partial({
  let: texts,
  message: t.string,
  messages: texts,
  leaks: texts,
  claims: t.exact(t.partial({ conservative: claim, positive: claim })),
});

/** One of a rule's `cases`. */
export const ruleCase = t.exact(t.intersection([t.type({ on }), caseFields]));

/** A rule document as written: either one case in line, or several under `cases`. */
export const ruleDocument = t.exact(
  t.intersection([
    t.type({ rule: t.string, summary: t.string }),
    caseFields,
    t.partial({
      $schema: t.string,
      cite: t.array(t.string),
      on,
      quantity: t.keyof({ relevance: null, gradient: null }),
      parameters: t.record(t.string, parameterDocument),
      cases: t.array(ruleCase),
    }),
  ]),
);
export type RuleDocument = t.TypeOf<typeof ruleDocument>;
export type CaseDocument = t.TypeOf<typeof ruleCase>;
export type ParameterDocument = t.TypeOf<typeof parameterDocument>;

const bound = t.exact(t.partial({ minimum: t.number, maximum: t.number }));

/** When a row of a composite takes a node. */
export const matchDocument = t.exact(
  t.partial({
    op: t.array(t.string),
    kind: t.string,
    weighted: t.boolean,
    name: t.string,
    first: t.boolean,
    last: t.boolean,
    depth: bound,
    gate: t.boolean,
    facts: t.exact(t.partial({ x: bound, y: bound })),
  }),
);
export type MatchDocument = t.TypeOf<typeof matchDocument>;

/** A row that gives nodes a rule. */
export const assignmentDocument = t.exact(
  t.intersection([
    t.type({ match: matchDocument, rule: t.string }),
    t.partial({ parameters: t.record(t.string, t.number) }),
  ]),
);
/** A row that stands for the rows of another composite. */
export const includeDocument = t.exact(t.type({ include: t.string }));
const entry = t.union([assignmentDocument, includeDocument]);
export type EntryDocument = t.TypeOf<typeof entry>;

export const compositeDocument = t.exact(
  t.intersection([
    t.type({ composite: t.string, summary: t.string, rules: t.array(entry) }),
    t.partial({
      $schema: t.string,
      cite: t.array(t.string),
      canonizers: t.array(t.string),
      seed: t.keyof({ value: null, one: null }),
      finish: t.string,
      quantity: t.keyof({ relevance: null, gradient: null }),
    }),
  ]),
);
