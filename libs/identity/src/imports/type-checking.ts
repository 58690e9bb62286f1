import type { SyntaxNode } from '@lezer/common'

/**
 * The children of an `if` statement that can run: its blocks without those that only type checkers read, that
 * is the one under `if TYPE_CHECKING:` (or `elif`), and all that follow an `if not TYPE_CHECKING:`.
 */
export function liveParts(node: SyntaxNode, text: (node: SyntaxNode) => string): SyntaxNode[] {
  const live: SyntaxNode[] = []
  /** Of the block that comes next: whether only type checkers read it. */
  let onlyTypes = false
  /** All later blocks are the opposite of one that always runs. */
  let dead = false
  for (let child = node.firstChild; child; child = child.nextSibling) {
    const isCondition = /^(if|elif)$/.test(child.prevSibling?.name ?? '')
    if (child.name === 'Body') {
      if (!dead && !onlyTypes) live.push(child)
      onlyTypes = false
      dead ||= alwaysRuns(child.prevSibling, text)
    } else if (isCondition) {
      onlyTypes = typesOnly(text(child)) === true
      if (!dead) live.push(child)
    } else if (child.type.isError) {
      live.push(child)
    }
  }
  return live
}

function alwaysRuns(condition: SyntaxNode | null, text: (node: SyntaxNode) => string): boolean {
  return condition !== null && typesOnly(text(condition)) === false
}

/** True: only type checkers see it hold. False: only they do not. Undefined: neither. */
function typesOnly(condition: string): boolean | undefined {
  const bare = condition.replace(/^\((.*)\)$/s, '$1').trim()
  const negated = /^not\s+(.*)$/s.exec(bare)?.[1]
  if (negated !== undefined) {
    const inner = typesOnly(negated)
    return inner === undefined ? undefined : !inner
  }
  return /^([\w.]+\.)?TYPE_CHECKING$/.test(bare) ? true : undefined
}
