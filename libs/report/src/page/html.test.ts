import fc from 'fast-check'
import { escapeHtml, html } from './html'

test('text put into a template is text, and markup put into it is markup', () => {
  const name = '<script>alert("1")</script> & \'x\''
  expect(html`<p title="${name}">${html`<b>${name}</b>`}</p>`.text).toBe(
    '<p title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;"><b>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;</b></p>',
  )
})

test('lists are joined, nothing is nothing, and zero is zero', () => {
  expect(html`${[1, html`<i></i>`, 'a']}${null}${undefined}${false}${0}`.text).toBe('1<i></i>a0')
})

test('escape sequences, reordering marks and broken halves of characters do not reach a page', () => {
  expect(escapeHtml('\u001B[31mred\u001B[0m \u202Etxt \uD800')).toBe('red txt \uFFFD')
})

test('a value of a megabyte is cut, and says how long it was', () => {
  const text = escapeHtml('x'.repeat(1_000_000))
  expect(text.length).toBeLessThan(21_000)
  expect(text).toContain('… (1,000,000 characters)')
})

test('no text can leave an element or an attribute', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(escapeHtml(text)).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/)
    }),
  )
})
