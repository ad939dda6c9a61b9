package sim

const (
	esc = 0x1B
	gs  = 0x1D
	dle = 0x10
)

// interpreter turns bytes into actions, one command at a time.
type interpreter struct {
	paper strip
	cmd   []byte // the command being collected

	// A picture under way.
	wide, rows, high int    // bytes a row, rows left, 2 for double height
	double           bool   // double width
	row              []byte // the row being collected
	again            bool   // the second half of a double row is due

	// Feeds under way.
	feeds int
	cutIt bool

	line   int // dots of one line feed
	unit   int // vertical units an inch, for ESC J and GS V
	align  byte
	inText bool
}

func newInterpreter(width int) interpreter {
	in := interpreter{paper: strip{width: width, stride: (width + 7) / 8}}
	in.initialise()
	return in
}

// initialise is ESC @. The vertical unit of 203 dpi heads is half a dot by
// default, which is what programs forget that never set it.
func (in *interpreter) initialise() { in.line, in.unit, in.align = 30, 406, 0 }

// clear forgets everything that was not yet on paper.
func (in *interpreter) clear() {
	in.cmd, in.row = nil, nil
	in.wide, in.rows, in.feeds, in.again, in.cutIt = 0, 0, 0, false, false
}

// feed takes a little of b and returns how many bytes it used.
func (in *interpreter) feed(p *Printer, b []byte) int {
	if in.rows > 0 {
		n := min(in.wide-len(in.row), len(b))
		in.row = append(in.row, b[:n]...)
		if len(in.row) == in.wide {
			in.again = in.high == 2
			in.rows--
			in.print(p)
		}
		return n
	}
	in.cmd = append(in.cmd, b[0])
	need := in.length(p)
	switch {
	case need == 0: // unknown: reported, and its bytes so far are dropped
		in.cmd = in.cmd[:0]
	case len(in.cmd) >= need:
		in.do(p, in.cmd)
		in.cmd = in.cmd[:0]
	}
	return 1
}

// pending moves paper as far as the commands so far want it moved. It tells
// whether it did something; a stop in between leaves the rest for later.
func (in *interpreter) pending(p *Printer) bool {
	switch {
	case in.again && in.row != nil && len(in.row) == in.wide:
		in.again = false
		in.print(p)
		return true
	case in.feeds > 0:
		for in.feeds > 0 && p.feedRow(nil) {
			in.feeds--
		}
		return true
	case in.cutIt:
		in.cutIt = false
		p.cut()
		return true
	}
	return false
}

// print puts the collected row on the paper.
func (in *interpreter) print(p *Printer) {
	row := in.row
	if in.double {
		row = widen(row)
	}
	if spare := in.paper.stride - len(row); spare > 0 && in.align != 0 {
		if in.align == 1 {
			spare /= 2
		}
		row = append(make([]byte, spare), row...)
	}
	p.feedRow(row)
	if !in.again {
		in.row = in.row[:0]
	}
}

func widen(row []byte) []byte {
	out := make([]byte, 0, 2*len(row))
	for _, b := range row {
		var w uint16
		for i := range 8 {
			if b>>i&1 == 1 {
				w |= 3 << (2 * i)
			}
		}
		out = append(out, byte(w>>8), byte(w))
	}
	return out
}

// length gives the length of the command that begins with in.cmd, more than
// there is when that is not known yet, and 0 when there is no such command.
func (in *interpreter) length(p *Printer) int {
	c := in.cmd
	text := c[0] >= 0x20
	if text && !in.inText {
		p.fault("text, which this simulator does not draw")
	}
	in.inText = text
	if text || c[0] == 0 || c[0] == '\n' || c[0] == '\r' {
		return 1
	}
	if c[0] != esc && c[0] != gs && c[0] != dle {
		p.fault("unknown control code %02X", c[0])
		return 0
	}
	if len(c) == 1 {
		return 2
	}
	n := 0
	switch [2]byte{c[0], c[1]} {
	case [2]byte{esc, '@'}, [2]byte{esc, '2'}:
		n = 2
	case [2]byte{esc, 'J'}, [2]byte{esc, 'd'}, [2]byte{esc, '3'}, [2]byte{esc, 'a'},
		[2]byte{gs, 'a'}, [2]byte{gs, 'r'}, [2]byte{dle, 0x04}, [2]byte{dle, 0x05}:
		n = 3
	case [2]byte{gs, 'P'}:
		n = 4
	case [2]byte{gs, 'v'}:
		n = 8
	case [2]byte{gs, 'V'}:
		n = 3
		if len(c) >= 3 && (c[2] == 65 || c[2] == 66) {
			n = 4
		}
	case [2]byte{dle, 0x14}:
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

func (in *interpreter) do(p *Printer, c []byte) {
	if c[0] == '\n' {
		in.feeds = in.line
		return
	}
	if len(c) < 2 || c[0] == dle { // real-time commands were obeyed on arrival
		return
	}
	switch c[1] {
	case '@':
		in.initialise()
		p.asb = 0
	case '2':
		in.line = 30
	case '3':
		in.line = in.dots(c[2])
	case 'J':
		in.feeds = in.dots(c[2])
	case 'd':
		in.feeds = int(c[2]) * in.line
	case 'P':
		in.unit = 406
		if c[3] != 0 {
			in.unit = int(c[3])
		}
	case 'V':
		in.cutting(p, c)
	case 'v':
		in.picture(p, c)
	case 'r':
		in.answer(p, c[2])
	case 'a':
		if c[0] == esc {
			in.align = c[2] & 3 % 3
			return
		}
		p.enableASB(c[2])
	}
}

// dots converts vertical units to rows of a 203 dpi head.
func (in *interpreter) dots(n byte) int { return int(n) * 203 / in.unit }

func (in *interpreter) cutting(p *Printer, c []byte) {
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

func (in *interpreter) picture(p *Printer, c []byte) {
	mode := c[3]
	if mode >= '0' { // both 0 to 3 and their digits are allowed
		mode -= '0'
	}
	if c[2] != '0' || mode > 3 {
		p.fault("unknown picture % X", c)
		return
	}
	in.wide = int(c[4]) | int(c[5])<<8
	rows := int(c[6]) | int(c[7])<<8
	if in.wide == 0 || rows == 0 {
		p.fault("empty picture % X", c)
		return
	}
	in.double, in.high = mode&1 == 1, 1+int(mode>>1&1)
	if shown := in.wide * (1 + int(mode&1)); shown > in.paper.stride {
		p.fault("picture of %d bytes a row on a head of %d", shown, in.paper.stride)
	}
	in.rows, in.row = rows, make([]byte, 0, in.wide)
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
