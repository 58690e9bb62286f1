// What the reader does not want to see any more. The browser keeps it: through the dashboard nothing can be changed.

const storageKey = 'blacksmith.dismissed'
const most = 1000

/** The dismissed lines by their keys; they outlive the page where the browser lets them. */
function dismissals() {
  const dismissed = new Set(load())
  const save = () => {
    try {
      localStorage.setItem(storageKey, JSON.stringify([...dismissed].slice(-most)))
    } catch {
      // A browser that keeps nothing forgets it with the page.
    }
  }
  return {
    has: (key) => dismissed.has(key),
    add(keys) {
      for (const key of keys) dismissed.add(key)
      save()
    },
    remove(keys) {
      for (const key of keys) dismissed.delete(key)
      save()
    },
  }
}

function load() {
  try {
    const keys = JSON.parse(localStorage.getItem(storageKey) ?? '[]')
    return Array.isArray(keys) ? keys.map(String) : []
  } catch {
    return []
  }
}

module.exports = { dismissals }
