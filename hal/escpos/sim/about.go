package sim

// About is what a printer tells about itself when it is asked with GS I.
type About struct{ Maker, Model, Serial, Firmware string }

// tell answers GS I n.
func (p *Printer) tell(n byte) {
	text := func(s string) { p.reply(append(append([]byte{0x5F}, s...), 0)...) }
	switch n {
	case 1, 49:
		p.reply(0x20) // a model's number
	case 2, 50:
		p.reply(0x02) // has a cutter, knows no two-byte characters
	case 3, 51:
		p.reply(0x01)
	case 65:
		text(p.opts.Is.Firmware)
	case 66:
		text(p.opts.Is.Maker)
	case 67:
		text(p.opts.Is.Model)
	case 68:
		text(p.opts.Is.Serial)
	case 69:
		text("")
	default:
		p.fault("unknown question GS I %d", n)
	}
}
