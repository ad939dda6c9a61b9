package escpos

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"

	"tram06/hal"
)

// maxJobs is how many jobs are remembered: far more than are printed between a
// plug that was pulled and the next one that is.
const maxJobs = 1024

// ledger remembers which jobs went to paper, or may have. It outlives the
// device: a job whose printer was unplugged in mid-page must not begin again by
// itself on the printer that is opened next. It is safe for concurrent use.
type ledger struct {
	mu    sync.Mutex
	jobs  map[string]error // nil: printed; otherwise why that is not known
	order []string
	pages uint32
}

func newLedger() *ledger { return &ledger{jobs: map[string]error{}} }

// errUnderWay is the outcome of a job whose outcome nobody has told yet.
var errUnderWay = unknown(errors.New("the job is under way"))

// refuse gives the error of a job that must not be printed. The empty id is
// nobody's: whoever uses it wants every page.
func (l *ledger) refuse(id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.known(id)
}

func (l *ledger) known(id string) error {
	why, known := l.jobs[id]
	switch {
	case !known:
		return nil
	case why == nil:
		return hal.ErrAlreadyPrinted
	}
	return fmt.Errorf("%w, or may have been: %w", hal.ErrAlreadyPrinted, why)
}

// begin notes that the job's first byte is about to go out, and gives the page
// a name of four characters that no page near it has.
func (l *ledger) begin(id string) (name [4]byte, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.known(id); err != nil {
		return name, err // another printer was quicker
	}
	l.put(id, errUnderWay)
	l.pages++
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // never fails
	// Each character is one of the 94 that are not a blank.
	for n, i := h.Sum32()+l.pages, 0; i < len(name); i++ {
		name[i] = '!' + byte(n%94)
		n /= 94
	}
	return name, nil
}

// end notes how it ended. What certainly did not come out whole may be tried
// again under the same id.
func (l *ledger) end(id string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil || errors.Is(err, hal.ErrJobUnknown) {
		l.put(id, err)
		return
	}
	delete(l.jobs, id)
	l.order = slices.DeleteFunc(l.order, func(o string) bool { return o == id })
}

func (l *ledger) put(id string, why error) {
	if id == "" {
		return
	}
	if _, known := l.jobs[id]; !known {
		if len(l.order) == maxJobs {
			delete(l.jobs, l.order[0])
			l.order = append(l.order[:0], l.order[1:]...)
		}
		l.order = append(l.order, id)
	}
	l.jobs[id] = why
}
