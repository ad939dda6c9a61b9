package escpos

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"

	"tram06/hal"
	"tram06/hal/params"
	"tram06/hal/serialport"
)

// minBaud is the slowest line on which a page of raster is bearable: 10 s.
const minBaud = 115200

var bauds = []int{115200, 230400, 460800, 921600}

func serialLine(q *params.Params) serialport.Mode {
	l := serialport.Mode{
		Baud:   minBaud,
		Parity: q.OneOf("parity", "none", "even", "odd"),
		// A printer's DTR is wired to the host's CTS. No answer of a printer holds the
		// two bytes that the kernel takes out with xonxoff.
		Flow: q.OneOf("flow", "none", "rtscts", "xonxoff"),
		// A zero says that there is paper and how far the page is.
		Strict: true,
	}
	s, ok := q.Take("baud")
	if !ok {
		return l
	}
	baud, err := strconv.Atoi(s)
	switch {
	case err != nil:
		q.Failf("baud=%s is no number", s)
	case baud < minBaud:
		q.Failf("baud=%d: a page of raster takes too long below %d; set the printer's switches and the URI to 115200 or more: %w",
			baud, minBaud, hal.ErrUnsupported)
	case !slices.Contains(bauds, baud):
		q.Failf("baud=%d: want 115200, 230400, 460800 or 921600", baud)
	}
	l.Baud = baud
	return l
}

// serialLink is a terminal device.
type serialLink struct {
	*os.File
	once sync.Once
}

func openSerial(path string, l serialport.Mode) (Link, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	if err := l.Set(f); err != nil {
		return nil, errors.Join(fmt.Errorf("set up serial printer: %w", err), f.Close())
	}
	return &serialLink{File: f}, nil
}

// Close does not wait for a printer that holds the line up.
func (l *serialLink) Close() error {
	err := os.ErrClosed
	l.once.Do(func() { err = serialport.Close(l.File) })
	return err
}
