package web

import (
	"io"
	"net/http"
	"time"
)

const (
	// eventGap parts two events to one page: ten thousand kiosks change
	// something all the time, and a person reads once a second at most.
	eventGap = time.Second
	// eventBeat is the longest silence: ages on the page go on.
	eventBeat = 10 * time.Second
)

// events tells a page that it is out of date. It says no more than that: the
// page asks for itself again, so there is one way to render it.
func (s *site) events(w http.ResponseWriter, r *http.Request) {
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	changed, stop := s.Registry.Watch()
	defer stop()
	beat := time.NewTicker(eventBeat)
	defer beat.Stop()
	event := "event: hello\ndata:\n\n"
	for {
		// A reader that does not read is dropped, it will come back.
		if out.SetWriteDeadline(time.Now().Add(eventBeat)) != nil {
			return
		}
		if _, err := io.WriteString(w, event); err != nil || out.Flush() != nil {
			return
		}
		event = "event: change\ndata:\n\n"
		gap := time.NewTimer(eventGap)
		select {
		case <-r.Context().Done():
			gap.Stop()
			return
		case <-gap.C:
		}
		select {
		case <-r.Context().Done():
			return
		case <-changed:
		case <-beat.C:
		}
	}
}
