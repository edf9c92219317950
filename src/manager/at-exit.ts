// What has to be undone when the process of the stand-in ends without having closed it. One listener for all: Node warns
// of more than ten.

const undone = new Set<() => void>();

function undoAll(): void {
  for (const undo of [...undone].toReversed()) undo();
}

/** Has `undo` called when this process exits; the result calls that off. */
export function atExit(undo: () => void): () => void {
  if (undone.size === 0) process.once('exit', undoAll);
  undone.add(undo);
  return () => {
    undone.delete(undo);
    if (undone.size === 0) process.off('exit', undoAll);
  };
}
