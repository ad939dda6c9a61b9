package sim

// maxData bounds the data of one command: more than a whole page as a picture.
const maxData = 1 << 20

type pair [2]byte

// basic are the lengths of the commands that the kiosk's driver may use.
var basic = map[pair]int{
	{esc, '@'}: 2, {esc, '2'}: 2,
	{esc, 'J'}: 3, {esc, 'd'}: 3, {esc, '3'}: 3, {esc, 'a'}: 3,
	{gs, 'a'}: 3, {gs, 'r'}: 3, {gs, 'I'}: 3, {dle, 0x04}: 3, {dle, 0x05}: 3,
	{gs, 'P'}: 4, {gs, 'v'}: 8,
}

// rich are those of other programs: letters, their looks, and places.
var rich = map[pair]int{
	{esc, 'M'}: 3, {esc, ' '}: 3, {esc, 't'}: 3, {esc, 'R'}: 3, {esc, '{'}: 3, {esc, '-'}: 3, {esc, 'E'}: 3,
	{esc, 'G'}: 3, {esc, '!'}: 3, {gs, 'B'}: 3, {gs, '!'}: 3, {fs, '-'}: 3, {fs, 'C'}: 3,
	{esc, '$'}: 4, {esc, '\\'}: 4, {gs, 'L'}: 4, {gs, 'W'}: 4, {fs, 'S'}: 4,
	{fs, '.'}: 2, {fs, '&'}: 2,
}

// length gives the length of the command that begins with in.cmd, more than
// there is when that is not known yet, and 0 when there is no such command.
func (in *interpreter) length(p *Printer) int {
	c := in.cmd
	switch {
	case c[0] >= 0x20, c[0] == 0, c[0] == '\n', c[0] == '\r':
		return 1
	case c[0] == fs && p.opts.Rich:
	case c[0] != esc && c[0] != gs && c[0] != dle:
		if !p.opts.Answers.garbles() {
			p.fault("unknown control code %02X", c[0])
		}
		return 0
	}
	if len(c) == 1 {
		return 2
	}
	n := basic[pair(c[:2])]
	if p.opts.Rich && n == 0 {
		n = rich[pair(c[:2])]
	}
	switch pair(c[:2]) {
	case pair{gs, 'I'}, pair{gs, '('}:
		if p.opts.Answers.garbles() { // takes what it does not know for text
			in.text.add(c[1])
			return 0
		}
		if c[1] == '(' {
			n = withData(c, 3, 2)
		}
	case pair{fs, '('}:
		if p.opts.Rich {
			n = withData(c, 3, 2)
		}
	case pair{gs, '8'}:
		if p.opts.Rich {
			n = withData(c, 3, 4)
		}
	case pair{gs, 'V'}:
		n = 3
		if len(c) >= 3 && (c[2] == 65 || c[2] == 66) {
			n = 4
		}
	case pair{dle, 0x14}:
		n = 3
		if len(c) >= 3 {
			n = map[byte]int{1: 5, 2: 5, 8: 10}[c[2]]
		}
	}
	if n == 0 {
		p.fault("unknown command % X", c)
	}
	return n
}

// withData gives the length of a command that tells, in size bytes after from,
// how much data follows.
func withData(c []byte, from, size int) int {
	if len(c) < from+size {
		return from + size
	}
	n := 0
	for i := range size {
		n |= int(c[from+i]) << (8 * i)
	}
	if n > maxData {
		return 0
	}
	return from + size + n
}

func (in *interpreter) do(p *Printer, c []byte) {
	switch {
	case c[0] == '\n':
		in.newLine(p)
		return
	case c[0] >= 0x20:
		in.text.add(c[0])
		return
	case len(c) < 2 || c[0] == dle: // real-time commands were obeyed on arrival
		return
	}
	switch pair(c[:2]) {
	case pair{esc, '@'}:
		in.initialise()
		p.asb = 0
	case pair{esc, '2'}:
		in.line = 30
	case pair{esc, '3'}:
		in.line = in.dots(c[2])
	case pair{esc, 'J'}:
		in.newLine(p)
		in.feeds = in.dots(c[2])
	case pair{esc, 'd'}:
		in.text.unprinted(p)
		in.feeds = int(c[2]) * in.line
	case pair{esc, 'a'}:
		in.align = c[2] & 3 % 3
	case pair{gs, 'P'}:
		in.unit = 406
		if c[3] != 0 {
			in.unit = int(c[3])
		}
	case pair{gs, 'V'}:
		in.cutting(p, c)
	case pair{gs, 'v'}:
		in.startRaster(p, c)
	case pair{gs, 'r'}:
		in.answer(p, c[2])
	case pair{gs, 'I'}:
		if p.opts.Answers == Full {
			p.tell(c[2])
		}
	case pair{gs, 'a'}:
		p.enableASB(c[2])
	case pair{gs, '('}:
		in.function(p, c)
	case pair{gs, '8'}:
		in.graphics(p, c[2], c[7:])
	default:
		in.style(c)
	}
}

// function is one of the commands that begin with GS (.
func (in *interpreter) function(p *Printer, c []byte) {
	kind, data := c[2], c[5:]
	switch {
	case kind == 'H' && len(data) == 6 && data[0] == 48 && data[1] == 48:
		for _, b := range data[2:] {
			if b < 32 || b > 126 {
				p.fault("name of a page with % X", data[2:])
				return
			}
		}
		if p.opts.Answers == Full {
			in.named = append([]byte{}, data[2:]...)
		}
	case kind == 'k' && p.opts.Rich && len(data) >= 2:
		in.symbol(p, data)
	case kind == 'L' && p.opts.Rich:
		in.graphics(p, kind, data)
	default:
		p.fault("unknown function % X", c[:min(len(c), 8)])
	}
}

func (in *interpreter) cutting(p *Printer, c []byte) {
	in.text.unprinted(p)
	switch c[2] {
	case 0, 1, 48, 49:
	case 65, 66:
		in.feeds = in.dots(c[3])
	default:
		p.fault("unknown cut % X", c)
		return
	}
	in.cutIt = true
}

func (in *interpreter) answer(p *Printer, n byte) {
	switch n {
	case 1, 49:
		if p.opts.Answers != NoOrder {
			p.reply(p.paperByte())
		}
	case 2, 50:
		p.reply(0)
	default:
		p.fault("unknown question GS r %d", n)
	}
}
