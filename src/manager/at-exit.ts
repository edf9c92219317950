// Cleans up when the manager's process exits without close(). One 'exit' listener for all, because Node warns about
// more than ten.

const undone = new Set<() => void>();

function undoAll(): void {
  for (const undo of [...undone].toReversed()) undo();
}

/** Calls `undo` when this process exits; the returned function cancels that. */
export function atExit(undo: () => void): () => void {
  if (undone.size === 0) process.once('exit', undoAll);
  undone.add(undo);
  return () => {
    undone.delete(undo);
    if (undone.size === 0) process.off('exit', undoAll);
  };
}
