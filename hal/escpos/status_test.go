package escpos

import (
	"errors"
	"slices"
	"testing"

	"tram06/hal"
)

func decodeAll(b ...byte) (kinds []eventKind) {
	var d decoder
	for _, c := range b {
		if ev, ok := d.feed(c); ok {
			kinds = append(kinds, ev.kind)
		}
	}
	return kinds
}

func TestAnswersAreToldApart(t *testing.T) {
	for name, c := range map[string]struct {
		in   []byte
		want []eventKind
	}{
		"real time":            {[]byte{0x12, 0x1A, 0x7E}, []eventKind{evRealtime, evRealtime, evRealtime}},
		"automatic":            {[]byte{0x10, 0x00, 0x03, 0x0F}, []eventKind{evAuto}},
		"automatic, offline":   {[]byte{0x38, 0x08, 0x0C, 0x00}, []eventKind{evAuto}},
		"ordered":              {[]byte{0x00, 0x0C}, []eventKind{evPaper, evPaper}},
		"cleared":              {[]byte{0x37, 0x25, 0x00}, []eventKind{evCleared}},
		"printed":              {[]byte{0x37, 0x22, '!', 'a', '~', '0', 0x00}, []eventKind{evPrinted}},
		"printed, no name":     {[]byte{0x37, 0x22, '!', 'a', 0x00, 0x12}, []eventKind{evPaper, evRealtime}},
		"about":                {append(append([]byte{0x5F}, "EPSON TM-T88V"...), 0), []eventKind{evAbout}},
		"about nothing":        {[]byte{0x5F, 0}, []eventKind{evAbout}},
		"about, cut short":     {[]byte{0x5F, 'A', 0x0F, 0x12}, []eventKind{evPaper, evRealtime}},
		"flow control between": {[]byte{0x10, 0x13, 0, 0x11, 0, 0, 0x5F, 0x13, 'A', 0x11, 0}, []eventKind{evAuto, evAbout}},
		"unknown block":        {[]byte{0x37, 0x70, 0x40, 0x00, 0x12}, []eventKind{evRealtime}},
		"cut short":            {[]byte{0x10, 0x00, 0x12}, []eventKind{evRealtime}},
		"cleared, cut short":   {[]byte{0x37, 0x12}, []eventKind{evRealtime}},
		"flow control":         {[]byte{0x11, 0x13, 0x12}, []eventKind{evRealtime}},
		"noise":                {[]byte{0xFF, 0x80, 0x93, 0x92}, nil},
		"automatic then other": {[]byte{0x10, 0, 0, 0, 0x12, 0x00}, []eventKind{evAuto, evRealtime, evPaper}},
	} {
		if got := decodeAll(c.in...); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestStatusSaysWhatIsWrong(t *testing.T) {
	type answers [4]byte // to DLE EOT 1 to 4
	for name, c := range map[string]struct {
		in    answers
		err   error
		state hal.State
		key   string
	}{
		"well":           {answers{0x12, 0x12, 0x12, 0x12}, nil, hal.Ready, hal.KeyOK},
		"near end":       {answers{0x12, 0x12, 0x12, 0x1E}, nil, hal.Degraded, hal.KeyPaperNearEnd},
		"paper out":      {answers{0x1A, 0x32, 0x12, 0x7E}, hal.ErrNoPaper, hal.Fault, hal.KeyPaperOut},
		"paper sensor":   {answers{0x12, 0x12, 0x12, 0x72}, hal.ErrNoPaper, hal.Fault, hal.KeyPaperOut},
		"cover":          {answers{0x1A, 0x36, 0x12, 0x7E}, hal.ErrCoverOpen, hal.Fault, hal.KeyCoverOpen},
		"cutter":         {answers{0x1A, 0x52, 0x1A, 0x12}, hal.ErrFault, hal.Fault, hal.KeyPrinterFault},
		"unrecoverable":  {answers{0x1A, 0x52, 0x32, 0x12}, hal.ErrFault, hal.Fault, hal.KeyPrinterFault},
		"mechanism":      {answers{0x1A, 0x52, 0x16, 0x12}, hal.ErrFault, hal.Fault, hal.KeyPrinterFault},
		"summed up only": {answers{0x1A, 0x52, 0x12, 0x12}, hal.ErrFault, hal.Fault, hal.KeyPrinterFault},
		"hot head":       {answers{0x1A, 0x52, 0x52, 0x12}, hal.ErrHot, hal.Degraded, hal.KeyPrinterHot},
		"hot, no paper":  {answers{0x1A, 0x72, 0x52, 0x7E}, hal.ErrNoPaper, hal.Fault, hal.KeyPaperOut},
		"opened at work": {answers{0x1A, 0x56, 0x52, 0x12}, hal.ErrCoverOpen, hal.Fault, hal.KeyCoverOpen},
		"feeding button": {answers{0x1A, 0x1A, 0x12, 0x12}, hal.ErrFault, hal.Fault, hal.KeyPrinterFault},
	} {
		s := asked(c.in)
		if err := s.Err(); !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("%s: %v, want %v", name, err, c.err)
		}
		if state, key := s.Health(); state != c.state || key != c.key {
			t.Errorf("%s: %v %q", name, state, key)
		}
	}
}

func TestAutomaticStatusAgreesWithTheAskedOne(t *testing.T) {
	for name, c := range map[string]struct {
		auto  [4]byte
		asked [4]byte
	}{
		"well":     {[4]byte{0x10, 0, 0, 0x0F}, [4]byte{0x12, 0x12, 0x12, 0x12}},
		"cover":    {[4]byte{0x38, 0, 0, 0x0F}, [4]byte{0x1A, 0x16, 0x12, 0x12}},
		"paper":    {[4]byte{0x18, 0, 0x0F, 0x0F}, [4]byte{0x1A, 0x32, 0x12, 0x7E}},
		"near end": {[4]byte{0x10, 0, 0x03, 0x0F}, [4]byte{0x12, 0x12, 0x12, 0x1E}},
		"hot":      {[4]byte{0x18, 0x40, 0, 0x0F}, [4]byte{0x1A, 0x52, 0x52, 0x12}},
		"broken":   {[4]byte{0x18, 0x20, 0, 0x0F}, [4]byte{0x1A, 0x52, 0x32, 0x12}},
		"cutter":   {[4]byte{0x18, 0x08, 0, 0x0F}, [4]byte{0x1A, 0x52, 0x1A, 0x12}},
	} {
		if got, want := automatic(c.auto), asked(c.asked); got != want {
			t.Errorf("%s: automatic %+v, asked %+v", name, got, want)
		}
	}
}

func TestSegmentsAndDebts(t *testing.T) {
	var p Program
	for range 5 {
		p.add(make([]byte, segmentBytes/2)...)
	}
	p.add(1, 2, 3)
	half := segmentBytes / 2
	if got, want := p.segments(), []int{2 * half, 4 * half, 5 * half, 5*half + 3}; !slices.Equal(got, want) {
		t.Errorf("segments end at %v, want %v", got, want)
	}
	for n, want := range map[int]int{0: 0, 1: half - 1, half - 1: 1, half: 0, half + 1: half - 1, 5*half + 1: 2, 5*half + 3: 0} {
		if got := p.owed(n); got != want {
			t.Errorf("after %d bytes %d are owed, want %d", n, got, want)
		}
	}
	// The last segment, and behind it a question that can be cut off as well.
	whole := slices.Clone(p.data)
	last := p.part(4*half, 5*half+3)
	last.add(cmdConfirm...)
	for n, want := range map[int]int{0: 0, 1: half - 1, half: 0, half + 2: 1, half + 3: 0, half + 4: 2, half + 5: 1, half + 6: 0} {
		if got := last.owed(n); got != want {
			t.Errorf("after %d bytes of the last segment %d are owed, want %d", n, got, want)
		}
	}
	if !slices.Equal(p.data, whole) || len(last.data) != half+6 {
		t.Error("a segment is not a copy of its own")
	}
}

func FuzzStatus(f *testing.F) {
	f.Add([]byte{0x12, 0x10, 0, 0, 0, 0x37, 0x25, 0, 0})
	f.Add([]byte{0x37, 0x37, 0x25, 0x25, 0x10, 0x10})
	f.Add([]byte{0x37, 0x22, '!', '!', '!', '!', 0, 0x5F, 'A', 0x13, 'B', 0, 0x11})
	f.Fuzz(func(t *testing.T, in []byte) {
		var d decoder
		used := 0
		for i, b := range in {
			ev, ok := d.feed(b)
			if !ok {
				continue
			}
			size := map[eventKind]int{evRealtime: 1, evPaper: 1, evAuto: 4, evCleared: 3, evPrinted: 7, evAbout: 2 + len(ev.text)}[ev.kind]
			if used += size; size == 0 || used > i+1 {
				t.Fatalf("event %+v out of %d bytes", ev, i+1)
			}
			if ev.kind == evRealtime && ev.b[0]&0x93 != 0x12 {
				t.Fatalf("invalid answer %02X accepted", ev.b[0])
			}
		}
	})
}
