package escpos

// Met is closed once the driver has nothing left to ask.
func (p *Printer) Met() <-chan struct{} { return p.met }
