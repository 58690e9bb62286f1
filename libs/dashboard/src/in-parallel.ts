/** As many files as this are read at once: enough to keep a disk busy, few enough to answer requests in between. */
const most = 24

/** Does a job for each item, a few at a time, and gives their outcomes in the order of the items. */
export async function inParallel<Item, Outcome>(
  items: readonly Item[],
  job: (item: Item) => Promise<Outcome>,
): Promise<Outcome[]> {
  const outcomes = new Array<Outcome>(items.length)
  const queue = items.entries()
  const work = async () => {
    for (const [index, item] of queue) outcomes[index] = await job(item)
  }
  await Promise.all(Array.from({ length: most }, work))
  return outcomes
}
