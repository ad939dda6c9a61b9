package sim

import "bytes"

// clearCommand is DLE DC4 8 with its fixed arguments.
var clearCommand = []byte{dle, 0x14, 8, 1, 3, 20, 1, 6, 2, 8}

// realtime looks at each byte as it arrives, whatever it is a part of.
func (p *Printer) realtime(c byte) {
	p.tail = append(p.tail, c)
	if len(p.tail) > len(clearCommand) {
		p.tail = p.tail[len(p.tail)-len(clearCommand):]
	}
	t := p.tail
	if bytes.Equal(t, clearCommand) && p.opts.Answers.tells() {
		p.buf, p.tail = p.buf[:0], nil
		p.in.clear()
		p.stuck = p.stuck && p.jam
		p.reply(0x37, 0x25, 0x00)
		p.changed.Broadcast()
		return
	}
	if len(t) < 3 || t[len(t)-3] != dle {
		return
	}
	switch n := t[len(t)-1]; t[len(t)-2] {
	case 0x04:
		if n >= 1 && n <= 4 {
			p.reply(p.eot(n))
		}
	case 0x05: // recover: only helps once the cutter is free
		if !p.stuck || n != 1 && n != 2 {
			return
		}
		p.stuck = p.jam
		if n == 2 { // after throwing away what it holds
			p.buf, p.tail = p.buf[:0], nil
			p.in.clear()
			p.changed.Broadcast()
		}
	}
}

func bits(set bool, b byte) byte {
	if set {
		return b
	}
	return 0
}

func (p *Printer) nearEnd() bool { return p.rows <= p.opts.NearEnd }

// eot is the answer to DLE EOT n.
func (p *Printer) eot(n byte) byte {
	b := byte(0x12)
	switch n {
	case 1:
		b |= bits(p.offline(), 0x08)
	case 2:
		b |= bits(p.cover, 0x04) | bits(p.rows == 0, 0x20) | bits(p.stuck || p.hot, 0x40)
	case 3:
		b |= bits(p.stuck, 0x08) | bits(p.hot, 0x40)
	case 4:
		b |= bits(p.nearEnd(), 0x0C) | bits(p.rows == 0, 0x60)
	}
	return b
}

func (p *Printer) paperByte() byte {
	return bits(p.nearEnd(), 0x03) | bits(p.rows == 0, 0x0C)
}

func (p *Printer) asbBytes() [4]byte {
	return [4]byte{
		0x10 | bits(p.offline(), 0x08) | bits(p.cover, 0x20),
		bits(p.stuck, 0x08) | bits(p.hot, 0x40),
		p.paperByte(),
		0x0F,
	}
}

func (p *Printer) enableASB(mask byte) {
	p.asb = mask
	if mask != 0 && p.opts.Answers.tells() {
		p.lastASB = p.asbBytes()
		p.reply(p.lastASB[:]...)
	}
}

// automatic sends the status when it changed and somebody asked for that.
func (p *Printer) automatic() {
	if p.asb == 0 || !p.opts.Answers.tells() {
		return
	}
	if s := p.asbBytes(); s != p.lastASB {
		p.lastASB = s
		p.reply(s[:]...)
	}
}

func (p *Printer) reply(b ...byte) {
	switch p.opts.Answers {
	case Silent:
	case Zeros:
		p.out = append(p.out, make([]byte, len(b))...)
	default:
		p.out = append(p.out, b...)
	}
}
