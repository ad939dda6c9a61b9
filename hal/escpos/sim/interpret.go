package sim

const (
	esc = 0x1B
	gs  = 0x1D
	fs  = 0x1C
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

	// What waits for the paper, in this order.
	drawn [][]byte // rows of letters and codes
	feeds int
	cutIt bool
	named []byte // the page's name, told once the paper stands still

	line  int // dots of one line feed
	unit  int // vertical units an inch, for ESC J and GS V
	align byte
	text  writing
	code  []byte // of a QR code: what it will say
	dot   int    // and the dots of one module
	level byte   // and how much of it may be lost
	image picture
}

func newInterpreter(width int) interpreter {
	in := interpreter{paper: strip{width: width, stride: (width + 7) / 8}}
	in.initialise()
	return in
}

// initialise is ESC @. The vertical unit of 203 dpi heads is half a dot by
// default, which is what programs forget that never set it. Letters that are
// not yet on paper never will be.
func (in *interpreter) initialise() {
	in.line, in.unit, in.align, in.dot = 30, 406, 0, 3
	in.text = newWriting()
}

// clear forgets everything that was not yet on paper.
func (in *interpreter) clear() {
	in.cmd, in.row, in.drawn, in.named = nil, nil, nil, nil
	in.wide, in.rows, in.feeds, in.again, in.cutIt = 0, 0, 0, false, false
	in.text.line = nil
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

// work moves paper as far as the commands so far want it moved. busy tells
// that there is more to do before the next command.
func (in *interpreter) work(p *Printer) (did, busy bool) {
	switch {
	case in.again && in.row != nil && len(in.row) == in.wide:
		in.again = false
		in.print(p)
		return true, false
	case len(in.drawn) > 0:
		row := in.drawn[0]
		in.drawn = in.drawn[1:]
		p.feedRow(row)
		return true, false
	case in.feeds > 0:
		in.feeds--
		p.feedRow(nil)
		return true, false
	case !in.cutIt && in.named == nil:
		return false, false
	case p.moving(0): // neither cuts nor tells before the paper stands still
		return false, true
	case in.cutIt:
		in.cutIt = false
		p.cut()
		return true, false
	}
	p.reply(append(append([]byte{0x37, 0x22}, in.named...), 0)...)
	in.named = nil
	return true, false
}

// print puts the collected row on the paper.
func (in *interpreter) print(p *Printer) {
	row := in.row
	if in.double {
		row = widen(row)
	}
	p.feedRow(in.aligned(row))
	if !in.again {
		in.row = in.row[:0]
	}
}

// aligned moves a row to where ESC a wants it.
func (in *interpreter) aligned(row []byte) []byte {
	spare := in.paper.stride - len(row)
	if spare <= 0 || in.align == 0 {
		return row
	}
	if in.align == 1 {
		spare /= 2
	}
	return append(make([]byte, spare), row...)
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

// dots converts vertical units to rows of a 203 dpi head.
func (in *interpreter) dots(n byte) int { return int(n) * 203 / in.unit }

// startRaster begins a picture (GS v 0).
func (in *interpreter) startRaster(p *Printer, c []byte) {
	in.text.unprinted(p)
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
