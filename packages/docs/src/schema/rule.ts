import { jsonSchemaOf, kinds, type JsonSchema } from '@kirchhoff/graph';
import type { Problem } from '@kirchhoff/message';
import {
  assignmentDocument,
  compositeDocument,
  includeDocument,
  kindDocument,
  matchDocument,
  operatorsDocument,
  parameterDocument,
  portSetsOf,
  ruleCase,
  ruleDocument,
  ruleKinds,
  scopeOf,
  type RuleKind,
} from '@kirchhoff/rule';
import { noted, operatorNames, refTo, schemaDocument, schemaNote, where, whereIs } from './noted.js';

const single = 'message';

/** The messages of a rule on nodes of one kind, and what their formulas may speak of. */
const messagesOn = (kind: RuleKind): JsonSchema => {
  const { symbols, functions } = scopeOf(kind);
  const vocabulary = `On ${kind} nodes it speaks of ${symbols.join(', ')}; functions: ${functions.join(', ')}.`;
  const sets = portSetsOf(kind);
  return whereIs('on', kind, {
    properties: {
      message: sets.some((set) => set.includes(single)) ? { description: vocabulary } : false,
      messages: {
        anyOf: sets.map((ports) => ({
          required: ports,
          properties: Object.fromEntries(ports.map((port) => [port, { description: vocabulary }])),
          additionalProperties: false,
        })),
      },
    },
  });
};

const exactlyOne = (...keys: readonly string[]): JsonSchema => ({ oneOf: keys.map((key) => ({ required: [key] })) });

const ledger: JsonSchema = {
  properties: { cases: { items: { required: ['leaks'] } } },
  ...where({ required: ['on'] }, { required: ['leaks'] }),
};

const caseNotes = {
  on: 'The kind of node that the rule is for, or a list of operators.',
  let: 'Names for parts of the formulas below; each may use those above it.',
  message: 'How much of the relevance R of one output a node sends to one of its inputs.',
  messages: 'Where the inputs of a node differ: a message for each port.',
  leaks: 'By cause, what relevance does not arrive: R minus all messages. {} where all of it does.',
  claims: 'What is proved or tested of the rule: conservative and positive, each false or { "when": a condition }.',
};
const cite = 'Papers, by their keys in docs/references.json.';
const quantity = 'What is handed on: relevance (the default), or gradients, which have no leaks.';

/** The JSON Schema of rule documents: keys, kinds, and the messages that each kind has. Formulas are texts to it. */
export const ruleSchema = (problems: Problem[]): JsonSchema => {
  const on = {
    anyOf: [
      jsonSchemaOf(kindDocument, '/on', problems),
      jsonSchemaOf(operatorsDocument, '/on', problems, {
        op: { type: 'array', minItems: 1, items: refTo('operator') },
      }),
    ],
  };
  const rule = noted(
    ruleDocument,
    {
      rule: 'The name of the rule.',
      summary: 'What the rule does, in a sentence.',
      ...caseNotes,
      $schema: schemaNote,
      cite,
      quantity,
      parameters: 'Numbers that a composite or a person may set, by name.',
      cases: 'In place of "on" and its formulas: a list of such, for a rule on several kinds of nodes.',
    },
    problems,
    {
      on: refTo('on'),
      parameters: { type: 'object', additionalProperties: refTo('parameter') },
      cases: { type: 'array', minItems: 1, items: refTo('case') },
    },
  );
  const parameter = noted(
    parameterDocument,
    {
      default: 'Its value where nobody sets it.',
      minimum: 'The least value allowed.',
      maximum: 'The greatest value allowed.',
      summary: 'What it does, in a sentence.',
    },
    problems,
  );
  return schemaDocument(
    'Kirchhoff rule',
    {
      ...rule,
      ...exactlyOne('on', 'cases'),
      allOf: [where({ required: ['on'] }, refTo('formulas')), whereIs('quantity', 'gradient', {}, ledger)],
    },
    {
      case: { ...noted(ruleCase, caseNotes, problems, { on: refTo('on') }), allOf: [refTo('formulas')] },
      formulas: { ...exactlyOne('message', 'messages'), allOf: ruleKinds.map(messagesOn) },
      on,
      parameter,
      operator: operatorNames(),
    },
  );
};

/** The JSON Schema of composite documents. Rules and composites that they name are texts to it. */
export const compositeSchema = (problems: Problem[]): JsonSchema => {
  const composite = noted(
    compositeDocument,
    {
      composite: 'The name of the composite.',
      summary: 'What it is for, in a sentence.',
      rules: 'Rows, tried in order: the first that matches a node governs it.',
      $schema: schemaNote,
      cite,
      canonizers: 'Rewrites of the graph that the rows count on.',
      seed: 'What the explanation starts from where nobody says: the value of the output, or one.',
      finish: 'A formula of what arrives (R) at an input (x), as the last step: gradient times input is "x * R".',
      quantity: 'What the finished map holds, where that is not what the rules hand on.',
    },
    problems,
    { rules: { type: 'array', items: refTo('row') } },
  );
  const match = noted(
    matchDocument,
    {
      op: 'The operator is one of these.',
      kind: 'The kind of the node; affine is weighted and plain.',
      weighted: 'Whether the node is a weighted sum with constant weights.',
      name: 'A pattern for its name; * stands for any characters.',
      first: 'Whether no weighted node comes before it.',
      last: 'Whether no weighted node comes after it.',
      depth: 'How many weighted nodes come before it on its longest path from an input.',
      gate: 'Of a product or contraction: whether it is known which operand is the gate.',
      facts: 'Proven bounds of every computed input (x) or of the output (y) lie inside these.',
    },
    problems,
    { op: { type: 'array', items: refTo('operator') }, kind: { enum: ['affine', ...kinds] } },
  );
  const assignment = noted(
    assignmentDocument,
    {
      match: 'Which nodes: all that is said here must hold. {} takes every node.',
      rule: 'The name of a rule.',
      parameters: "Values for the rule's parameters, by name.",
    },
    problems,
    { match: refTo('match') },
  );
  const include = noted(includeDocument, { include: 'The name of a composite, whose rows stand here.' }, problems);
  return schemaDocument('Kirchhoff composite', composite, {
    row: { anyOf: [assignment, include] },
    match,
    operator: operatorNames(),
  });
};
