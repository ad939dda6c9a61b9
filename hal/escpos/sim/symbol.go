package sim

import "rsc.io/qr"

// symbol is GS ( k: a QR code that the printer itself draws.
func (in *interpreter) symbol(p *Printer, data []byte) {
	if data[0] != '1' {
		p.fault("unknown code % X", data[:2])
		return
	}
	switch data[1] {
	case 'A': // the model; only model 2 is in use
	case 'C':
		in.dot = int(data[len(data)-1])
	case 'E':
		in.level = data[len(data)-1]
	case 'P':
		if len(data) < 4 {
			p.fault("code without anything to say")
			return
		}
		in.code = append([]byte{}, data[3:]...)
	case 'Q':
		in.drawCode(p)
	default:
		p.fault("unknown function of a code % X", data[:2])
	}
}

func (in *interpreter) drawCode(p *Printer) {
	in.text.unprinted(p)
	level := qr.L
	if in.level >= '0' && in.level <= '3' {
		level = qr.Level(in.level - '0')
	}
	code, err := qr.Encode(string(in.code), level)
	if err != nil || in.dot < 1 || in.dot > 16 {
		p.fault("code that cannot be drawn")
		return
	}
	side := code.Size * in.dot
	for y := range side {
		row := make([]byte, (side+7)/8)
		for x := range side {
			if code.Black(x/in.dot, y/in.dot) {
				row[x/8] |= 0x80 >> (x % 8)
			}
		}
		in.drawn = append(in.drawn, in.aligned(row))
	}
}

// picture is a stored one, printed later.
type picture struct {
	stride int
	bits   []byte
}

// graphics is GS ( L and GS 8 L: function 112 keeps a picture, function 50
// prints it.
func (in *interpreter) graphics(p *Printer, kind byte, data []byte) {
	if kind != 'L' || len(data) < 2 || data[0] != 48 {
		p.fault("unknown graphics")
		return
	}
	switch fn := data[1]; {
	case fn == 112 && len(data) >= 10:
		wide, high := int(data[6])|int(data[7])<<8, int(data[8])|int(data[9])<<8
		stride := (wide + 7) / 8
		if data[2] != 48 || data[3] != 1 || data[4] != 1 || stride > in.paper.stride || len(data)-10 != stride*high {
			p.fault("graphics of %d x %d dots in %d bytes", wide, high, len(data)-10)
			return
		}
		in.image = picture{stride, append([]byte{}, data[10:]...)}
	case (fn == 2 || fn == 50) && len(data) == 2:
		in.text.unprinted(p)
		for b := in.image.bits; len(b) > 0; b = b[in.image.stride:] {
			in.drawn = append(in.drawn, in.aligned(b[:in.image.stride]))
		}
		in.image = picture{}
	default:
		p.fault("unknown function %d of graphics", fn)
	}
}
