import {
  elementTypeCodes,
  fromNumbers,
  isGraphValue,
  isInline,
  toNumbers,
  type AttributeValue,
  type Attributes,
  type Graph,
  type InlineTensor,
  type Node,
  type StoredTensor,
  type TensorEntry,
  type TensorStore,
} from '@kirchhoff/graph';

/** The largest float32. Finite numbers beyond it (a mask of −1.8e308) stay finite. */
const largest = 3.4028234663852886e38;

const held = (value: number): number => (Number.isFinite(value) ? Math.min(Math.max(value, -largest), largest) : value);

const narrowInline = (tensor: InlineTensor): InlineTensor =>
  tensor.type === 'float64' ? { ...tensor, type: 'float32', data: tensor.data.map(held) } : tensor;

const narrowEntry = (entry: TensorEntry): TensorEntry => (isInline(entry) ? narrowInline(entry) : entry);

/** Attributes that name an element type by its number. */
const typeAttributes: readonly string[] = ['to', 'dtype'];

const narrowAttribute = (name: string, value: AttributeValue): AttributeValue => {
  if (typeAttributes.includes(name) && value === elementTypeCodes.float64) return elementTypeCodes.float32;
  if (typeof value !== 'object') return value;
  if (isGraphValue(value)) return narrowGraph(value);
  return 'data' in value ? narrowInline(value) : value;
};

const narrowNode = (node: Node): Node => {
  if (node.attrs === undefined) return node;
  const attrs: Attributes = Object.fromEntries(
    Object.entries(node.attrs).map(([name, value]) => [name, narrowAttribute(name, value)]),
  );
  return { ...node, attrs };
};

/** The graph with float32 in place of float64, in bodies, too. */
export const narrowGraph = (graph: Graph): Graph => ({
  ...graph,
  inputs: graph.inputs.map((input) => (input.type === 'float64' ? { ...input, type: 'float32' } : input)),
  nodes: graph.nodes.map(narrowNode),
  tensors: Object.fromEntries(Object.entries(graph.tensors).map(([name, entry]) => [name, narrowEntry(entry)])),
});

const narrowTensor = (tensor: StoredTensor): StoredTensor =>
  tensor.type === 'float64'
    ? {
        type: 'float32',
        shape: tensor.shape,
        read: () => fromNumbers('float32', Array.from(toNumbers(tensor.read()), held)),
      }
    : tensor;

export const narrowStore = (store: TensorStore): TensorStore =>
  new Map([...store].map(([name, tensor]) => [name, narrowTensor(tensor)]));
