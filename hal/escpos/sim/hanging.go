package sim

import (
	"slices"

	"tram06/hal"
)

// Hanging gives what came out since the last cut and still hangs in the printer,
// for whoever watches it print.
func (p *Printer) Hanging() hal.Raster {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &p.in.paper
	return hal.Raster{Width: s.width, Height: s.height, Stride: s.stride, Bits: slices.Clone(s.bits)}
}
