import type { StoredTensor, TensorStore } from '@kirchhoff/graph';

/**
 * onnxruntime maps external data from one folder only: the one that holds most bytes. Tensors of other folders lose
 * their place and are written into the model.
 */
export const inOneFolder = (store: TensorStore): { readonly folder?: string; readonly store: TensorStore } => {
  const bytes = new Map<string, number>();
  for (const { file } of store.values())
    if (file !== undefined) bytes.set(file.folder, (bytes.get(file.folder) ?? 0) + file.length);
  const [largest] = [...bytes].sort((a, b) => b[1] - a[1]);
  if (largest === undefined) return { store };
  const [folder] = largest;
  const placed = ([name, tensor]: readonly [string, StoredTensor]): [string, StoredTensor] => {
    const { type, shape, read, file } = tensor;
    return [name, file === undefined || file.folder === folder ? tensor : { type, shape, read }];
  };
  return { folder, store: new Map([...store].map(placed)) };
};
