import fc from 'fast-check'
import { XMLBuilder, XMLParser } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { ProtocolError } from '../errors.ts'
import { isXmlText, parseXml, serialiseXml } from './xml.ts'

describe('what is accepted', () => {
  test.each([
    ['text', '<xml><a>1</a></xml>', { a: '1' }],
    ['CDATA', '<xml><a><![CDATA[1]]></a></xml>', { a: '1' }],
    ['text and CDATA mixed', '<xml><a>1<![CDATA[2]]>3</a></xml>', { a: '123' }],
    ['markup inside CDATA', '<xml><a><![CDATA[<b>&amp;]]></a></xml>', { a: '<b>&amp;' }],
    ['a split CDATA section', '<xml><a><![CDATA[x]]]]><![CDATA[>y]]></a></xml>', { a: 'x]]>y' }],
    [
      'empty elements of every form',
      '<xml><a></a><b/><c /><d><![CDATA[]]></d></xml>',
      { a: '', b: '', c: '', d: '' },
    ],
    [
      'the five entities and numbers',
      '<xml><a>&lt;&gt;&amp;&quot;&apos;&#20013;&#x6587;</a></xml>',
      { a: '<>&"\'中文' },
    ],
    ['line feeds between elements', '<xml><a>1</a>\n<b>2</b>\n</xml>\n', { a: '1', b: '2' }],
    ['blanks inside a value, untouched', '<xml><a> 1\t\n</a></xml>', { a: ' 1\t\n' }],
    ['a declaration', '<?xml version="1.0" encoding="UTF-8"?>\n<xml><a>1</a></xml>', { a: '1' }],
    ['a declaration in single quotes', "<?xml version='1.0'?><xml><a>1</a></xml>", { a: '1' }],
    ['a byte order mark', '\uFEFF<xml><a>1</a></xml>', { a: '1' }],
    [
      'comments between elements',
      '<!-- a --><xml><!-- <b>2</b> --><a>1</a><!----></xml><!-- c -->',
      { a: '1' },
    ],
    ['no element at all', '<xml></xml>', {}],
  ])('%s', (_what, message, fields) => {
    expect({ ...parseXml(message) }).toEqual(fields)
    expect({ ...parseXml(Buffer.from(message)) }).toEqual(fields)
  })

  test('elements with the names of JavaScript’s own things are elements', () => {
    const fields = parseXml('<xml><__proto__>1</__proto__><constructor>2</constructor></xml>')
    expect(Object.entries(fields)).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
    ])
    expect(fields['toString']).toBeUndefined()
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('what is refused', () => {
  test.each([
    ['a DOCTYPE', '<!DOCTYPE xml><xml><a>1</a></xml>', 'DOCTYPE'],
    [
      'an external entity',
      '<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]><xml><a>&x;</a></xml>',
      'DOCTYPE',
    ],
    ['a DOCTYPE inside the root', '<xml><!DOCTYPE a><a>1</a></xml>', 'DOCTYPE'],
    ['an entity declaration', '<xml><!ENTITY x "y"><a>1</a></xml>', 'entity declaration'],
    ['an entity nobody declared', '<xml><a>&x;</a></xml>', 'predefine'],
    ['an entity cut short', '<xml><a>&amp</a></xml>', 'predefine'],
    ['a bare ampersand', '<xml><a>a & b</a></xml>', 'predefine'],
    ['the number of half a character', '<xml><a>&#xD800;</a></xml>', 'predefine'],
    ['the number of a control character', '<xml><a>&#0;</a></xml>', 'predefine'],
    ['a number beyond all characters', '<xml><a>&#x110000;</a></xml>', 'predefine'],
    ['a processing instruction', '<xml><?php echo 1 ?><a>1</a></xml>', 'processing instruction'],
    [
      'a second declaration',
      '<?xml version="1.0"?><?xml version="1.0"?><xml></xml>',
      'processing instruction',
    ],
    ['another encoding', '<?xml version="1.0" encoding="GBK"?><xml><a>1</a></xml>', 'processing instruction'],
    ['another root', '<root><a>1</a></root>', 'flat'],
    ['no root', '{"a":1}', 'flat'],
    ['nothing', '', 'flat'],
    ['nesting', '<xml><a><b>1</b></a></xml>', 'flat'],
    ['attributes', '<xml><a b="c">1</a></xml>', 'flat'],
    ['attributes of the root', '<xml xmlns="x"><a>1</a></xml>', 'flat'],
    ['a namespace', '<xml><a:b>1</a:b></xml>', 'flat'],
    ['a duplicate', '<xml><a>1</a><a>2</a></xml>', 'twice'],
    ['a duplicate in disguise', '<xml><a>1</a><a ></a></xml>', 'twice'],
    ['text between elements', '<xml>x<a>1</a></xml>', 'flat'],
    ['text after the root', '<xml><a>1</a></xml>x', 'after the root'],
    ['a second root', '<xml><a>1</a></xml><xml><a>2</a></xml>', 'after the root'],
    ['CDATA outside elements', '<xml><![CDATA[x]]></xml>', 'flat'],
    ['a comment inside a value, which readers read differently', '<xml><a>1<!-- x -->2</a></xml>', 'flat'],
    ['a comment that does not end', '<xml><!-- <a>1</a></xml>', 'comment'],
    ['two hyphens inside a comment', '<xml><!-- a -- b --></xml>', 'comment'],
    ['an element that does not end', '<xml><a>1</xml>', 'another end tag'],
    ['an element that ends as another', '<xml><a>1</b></xml>', 'another end tag'],
    ['a message cut short', '<xml><a>1', 'no end of a'],
    ['CDATA cut short', '<xml><a><![CDATA[1</a></xml>', 'no end of CDATA'],
    ['the end of CDATA in text', '<xml><a>1]]>2</a></xml>', 'outside CDATA'],
    ['a control character', '<xml><a>\u0001</a></xml>', 'XML forbids'],
    ['half a character', '<xml><a>\ud800</a></xml>', 'XML forbids'],
    ['a name that begins with a digit', '<xml><1>1</1></xml>', 'flat'],
    ['a name without end', `<xml><${'a'.repeat(65)}>1</${'a'.repeat(65)}></xml>`, 'flat'],
    ['too many bytes', `<xml><a>${'中'.repeat(22_000)}</a></xml>`, 'too long'],
    ['a field too long', `<xml><a>${'x'.repeat(17_000)}</a></xml>`, 'too long: a'],
    [
      'too many fields',
      `<xml>${Array.from({ length: 1025 }, (_, i) => `<a${i}>1</a${i}>`).join('')}</xml>`,
      'too many',
    ],
  ])('%s', (_what, message, reason) => {
    const refuse = (): unknown => parseXml(message)
    expect(refuse).toThrow(ProtocolError)
    expect(refuse).toThrow(reason)
  })

  test('bytes that are not UTF-8', () => {
    const gbk = Buffer.concat([Buffer.from('<xml><a>'), Buffer.from([0xd6, 0xd0]), Buffer.from('</a></xml>')])
    expect(() => parseXml(gbk)).toThrow('UTF-8')
  })

  test('a message made to be read in very many ways, at once', () => {
    const sections = '<![CDATA[x]]>'.repeat(4000)
    expect(() => parseXml(`<xml><a>${sections}</xml>`)).toThrow('another end tag')
    expect(() => parseXml(`<xml>${'<!-- -->'.repeat(7000)}`)).toThrow('flat')
    expect(() => parseXml(`<xml><a>${'&'.repeat(16_000)}</a></xml>`)).toThrow('predefine')
  })
})

describe('a message of a shape that came before', () => {
  const SECTION_PIECES = [
    '<a><![CDATA[1]]></a>',
    '<b><![CDATA[，中文\t\n]]></b>\n',
    '<c><![CDATA[]]></c>',
    '<d><![CDATA[x]y]]></d>',
    '<e><![CDATA[😀]]></e>',
    '<f><![CDATA[x]]>y</f>',
    '<g>1</g>',
    '<h><![CDATA[\u0001]]></h>',
    '<i><![CDATA[\ud800]]></i>',
    '<j><![CDATA[\ufffe]]></j>',
    '<k><![CDATA[1]]></l>',
    '<__proto__><![CDATA[1]]></__proto__>',
    `<${'m'.repeat(64)}><![CDATA[1]]></${'m'.repeat(64)}>`,
    `<${'n'.repeat(65)}><![CDATA[1]]></${'n'.repeat(65)}>`,
    `<o><![CDATA[${'x'.repeat(16_385)}]]></o>`,
    '\n',
    '\r\n',
    '</xml>',
    '',
  ]

  test.each([...SECTION_PIECES, '<a><![CDATA[1]]></a><a><![CDATA[2]]></a>'])(
    'says what it says on its first coming: %#',
    (piece) => {
      expectAlike(piece)
    },
  )

  test('says so whatever comes after what', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...SECTION_PIECES), { maxLength: 6 }), (pieces) => {
        expectAlike(pieces.join(''))
      }),
      { numRuns: 3000 },
    )
  })

  test('is bound to its root, and to the length of fields', () => {
    const message = (value: string): string => `<xml><p><![CDATA[${value}]]></p><q><![CDATA[2]]></q></xml>`
    expect(read(message('1'))).toEqual(read(message('1')))
    expect(() => parseXml(message('1'), 'root')).toThrow('flat')
    expect(() => parseXml(message('x'.repeat(16_385)))).toThrow('too long: p')
    expect({ ...parseXml(message('x'.repeat(16_384))) }).toEqual({ p: 'x'.repeat(16_384), q: '2' })
  })

  test('holds no more fields than any', () => {
    const sections = Array.from({ length: 1025 }, (_, index) => `<a${index}><![CDATA[1]]></a${index}>`)
    expect(Object.keys(parseXml(`<xml>${sections.slice(1).join('')}</xml>`))).toHaveLength(1024)
    expect(() => parseXml(`<xml>${sections.join('')}</xml>`)).toThrow('too many')
  })

  /** A comment is no part of a message, but has it read with care. */
  function expectAlike(elements: string): void {
    const careful = read(`<xml><!-- -->${elements}</xml>`)
    expect(read(`<xml>${elements}</xml>`)).toEqual(careful)
    expect(read(`<xml>${elements}</xml>`)).toEqual(careful)
  }

  function read(text: string): unknown {
    try {
      return Object.entries(parseXml(text))
    } catch (error) {
      return error
    }
  }
})

describe('what is written', () => {
  test('values in CDATA, empty ones left out, an end of CDATA split', () => {
    expect(serialiseXml({ a: '1', b: '', c: 'x]]>y' })).toBe(
      '<xml><a><![CDATA[1]]></a><c><![CDATA[x]]]]><![CDATA[>y]]></c></xml>',
    )
  })

  test.each([
    ['a control character', { a: '\u0001' }],
    ['a carriage return', { a: '1\r\n2' }],
    ['half a character', { a: '\udc00' }],
    ['a name that is markup', { 'a><b': '1' }],
  ])('never %s', (_what, fields) => {
    expect(() => serialiseXml(fields)).toThrow('invalid request')
  })
})

describe('held against fast-xml-parser', () => {
  const other = new XMLParser({
    parseTagValue: false,
    trimValues: false,
    ignoreDeclaration: true,
    processEntities: true,
    // Numbers of characters are read with these only.
    htmlEntities: true,
  })
  const builder = new XMLBuilder({ processEntities: true, suppressEmptyNode: false })

  // Names that either side treats as JavaScript's own are tried above.
  const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/).filter((text) => !(text in {}))
  // The other one drops values of white space alone.
  const value = fc
    .string({ unit: 'binary', maxLength: 40 })
    .filter((text) => isXmlText(text) && (text === '' || text.trim() !== ''))
  const message = fc.dictionary(name, value, { minKeys: 1, maxKeys: 12, noNullPrototype: true })

  test('it reads what we write', () => {
    fc.assert(
      fc.property(message, (fields) => {
        const present = Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== ''))
        fc.pre(Object.keys(present).length > 0)
        expect(other.parse(serialiseXml(fields))).toEqual({ xml: present })
      }),
    )
  })

  test('we read what it writes', () => {
    fc.assert(
      fc.property(message, (fields) => {
        expect({ ...parseXml(builder.build({ xml: fields })) }).toEqual(fields)
      }),
    )
  })

  test('what we accept of mangled messages it reads alike', () => {
    const piece = fc.constantFrom(
      ...[
        '<a>',
        '</a>',
        '<b>',
        '</b>',
        '<b/>',
        '<![CDATA[',
        ']]>',
        '<!-- ',
        ' -->',
        '&amp;',
        '&#65;',
        '&lt;',
        '&',
        'x',
      ],
      ...[
        '<a><![CDATA[x]]></a>',
        '<b>1</b>',
        ' ',
        '\n',
        '<',
        '>',
        '/',
        '<?pi?>',
        '<c d="e">',
        '</xml>',
        '<xml>',
      ],
    )
    let accepted = 0
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = `<xml>${pieces.join('')}</xml>`
        const ours = readable(text)
        if (ours === undefined) return
        accepted += 1
        const theirs: unknown = other.parse(text).xml
        const present = Object.fromEntries(Object.entries(ours).filter(([, each]) => each.trim() !== ''))
        expect(comparable(theirs)).toEqual(present)
      }),
      { numRuns: 5000 },
    )
    expect(accepted).toBeGreaterThan(50)
  })

  function readable(text: string): Record<string, string> | undefined {
    try {
      return { ...parseXml(text) }
    } catch (error) {
      expect(error).toBeInstanceOf(ProtocolError)
      return undefined
    }
  }

  /** An empty root is a text there, and white space between elements a field. */
  function comparable(theirs: unknown): unknown {
    if (typeof theirs === 'string') return {}
    const fields = Object.entries(theirs as Record<string, string>)
    return Object.fromEntries(fields.filter(([key, each]) => key !== '#text' && each.trim() !== ''))
  }
})
