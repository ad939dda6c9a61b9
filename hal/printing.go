package hal

import (
	"errors"
	"fmt"
)

// KeyPrinterHot: the print head is too hot, and printing pauses until it has
// cooled down. The page then goes on by itself.
const KeyPrinterHot = "printer.hot"

var (
	// ErrHot: the head stayed too hot for longer than anybody waits for a page.
	ErrHot = fmt.Errorf("print head too hot: %w", ErrFault)
	// ErrAlreadyPrinted: a page with this job id was printed, or, with
	// ErrJobUnknown, may have been. Nothing was sent. Whoever wants a second
	// copy on a person's word gives it another id.
	ErrAlreadyPrinted = errors.New("this job was printed before")
)
