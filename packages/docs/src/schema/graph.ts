import {
  arityOf,
  bodyDocument,
  elementSchema,
  elementTypes,
  fileDocument,
  graphDocument,
  inputDocument,
  integerSchema,
  nodeDocument,
  numberSchema,
  opNames,
  operators,
  tensorLiteral,
  writeNumber,
  type AttributeSpec,
  type AttributeValue,
  type JsonSchema,
  type OpName,
  type Port,
} from '@kirchhoff/graph';
import type { Problem } from '@kirchhoff/message';
import { noted, operatorNames, refTo, schemaDocument, schemaNote, whereIs } from './noted.js';

const text: JsonSchema = { type: 'string' };
const name: JsonSchema = { type: 'string', minLength: 1 };
const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });

const byType: { readonly [T in AttributeSpec['type']]: JsonSchema } = {
  int: refTo('integer'),
  float: refTo('number'),
  string: text,
  ints: listOf(refTo('integer')),
  floats: listOf(refTo('number')),
  strings: listOf(text),
  tensor: refTo('inline'),
  graph: refTo('body'),
};

const defaultOf = (value: AttributeValue): unknown =>
  typeof value === 'number'
    ? writeNumber(value)
    : Array.isArray(value)
      ? value.map((element: number | string) => (typeof element === 'number' ? writeNumber(element) : element))
      : value;

const attributeSchema = ({ type, default: value, optional, choices }: AttributeSpec): JsonSchema => {
  if (value === undefined) {
    return { description: `${type}, ${optional === true ? 'optional' : 'required'}`, ...byType[type] };
  }
  const written = defaultOf(value);
  return {
    description: `${type}, ${JSON.stringify(written)} where it is not given`,
    ...byType[type],
    ...(choices && { enum: choices }),
    default: written,
  };
};

const portSchema = ({ name: port, optional, variadic }: Port): JsonSchema => ({
  description: `${port}${optional === true ? ' (optional, "" where omitted)' : variadic === true ? ' (any number)' : ''}`,
  ...(optional === undefined && { minLength: 1 }),
});

const inputsSchema = (op: OpName): JsonSchema => {
  const ports = operators[op].inputs;
  const { least, most } = arityOf(operators[op]);
  const last = ports.at(-1);
  return {
    ...(ports.length > 0 && { prefixItems: ports.map(portSchema) }),
    ...(last?.variadic === true && { items: portSchema(last) }),
    minItems: least,
    ...(Number.isFinite(most) && { maxItems: most }),
  };
};

/** What is special about the nodes of one operator. */
const operatorSchema = (op: OpName): JsonSchema => {
  const { summary, attrs, outputs, variadicOutputs } = operators[op];
  const specs = Object.entries<AttributeSpec>(attrs);
  const needed = specs.flatMap(([key, spec]) =>
    spec.default === undefined && spec.optional === undefined ? [key] : [],
  );
  return {
    description: summary,
    ...(needed.length > 0 && { required: ['attrs'] }),
    properties: {
      inputs: inputsSchema(op),
      ...(variadicOutputs === undefined && { outputs: { maxItems: outputs.length - 1 } }),
      attrs: {
        ...(needed.length > 0 && { required: needed }),
        properties: Object.fromEntries(specs.map(([key, spec]) => [key, attributeSchema(spec)])),
        additionalProperties: false,
      },
    },
  };
};

const partFields = {
  inputs: listOf(refTo('input')),
  nodes: listOf(refTo('node')),
  outputs: { type: 'array', minItems: 1, items: text },
  tensors: { type: 'object', propertyNames: { minLength: 1 }, additionalProperties: refTo('tensor') },
};
const partNotes = {
  inputs: 'What is given when the graph runs.',
  nodes: 'Operators applied, in any order that has no circle.',
  outputs: 'Names of inputs, nodes, further outputs or tensors. The first is what an explanation explains.',
  tensors: 'Constants, by name: inline, or in a safetensors file beside the graph.',
};

/**
 * The JSON Schema of graph documents. It holds the operator table: names, numbers of inputs and outputs, and attributes
 * with their types, defaults and choices. Problems name what has no schema.
 */
export const graphSchema = (problems: Problem[]): JsonSchema => {
  const node = noted(
    nodeDocument,
    {
      name: 'The name of the node and of its first output; no input, node, output or tensor has the same.',
      op: 'The operator, by the name that ONNX gives it.',
      inputs: 'The values that it reads, by name; "" where an optional one is omitted.',
      outputs: 'Names of the further outputs; "" where one in between is omitted.',
      attrs: 'Attributes by name; what is at its default need not be said.',
      preamble: 'Prepares an input as a data loader would: what reaches its output is the relevance of that input.',
      roles:
        'Of a product: which input is the gate (or, of a quotient, the scale) and which the signal, counted from 0.',
    },
    problems,
    { name, op: refTo('operator'), attrs: { type: 'object' } },
  );
  const input = noted(
    inputDocument,
    {
      name: 'The name of the value.',
      type: 'The type of its elements.',
      shape: 'Numbers, symbols such as "N", or expressions of symbols such as "2*T + 1".',
      range: '[low, high], the declared bounds: numbers, or lists with one number for each channel (axis 1).',
    },
    problems,
    { name },
  );
  const inline = noted(
    tensorLiteral,
    {
      type: 'The type of the elements.',
      shape: 'Whole numbers.',
      data: 'All elements, flat and row-major; those that are not finite are "NaN", "Infinity" and "-Infinity".',
    },
    problems,
    { data: { type: 'array' } },
  );
  const file = noted(
    fileDocument,
    { file: "A safetensors file in the graph's folder.", key: 'The name of the tensor there, where it has another.' },
    problems,
  );
  const graph = noted(
    graphDocument,
    { format: 'The format of the document.', name: 'The name of the graph.', $schema: schemaNote, ...partNotes },
    problems,
    partFields,
  );
  return schemaDocument('Kirchhoff graph', graph, {
    input,
    node: { ...node, allOf: opNames.map((op) => whereIs('op', op, refTo(op))) },
    tensor: { anyOf: [refTo('file'), refTo('inline')] },
    file,
    inline: {
      ...inline,
      allOf: elementTypes.map((type) =>
        whereIs('type', type, { properties: { data: { items: elementSchema(type) } } }),
      ),
    },
    body: noted(bodyDocument, { name: 'The name of the graph inside.', ...partNotes }, problems, partFields),
    number: numberSchema,
    integer: integerSchema,
    operator: operatorNames(),
    ...Object.fromEntries(opNames.map((op) => [op, operatorSchema(op)])),
  });
};
