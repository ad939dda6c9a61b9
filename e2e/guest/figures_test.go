//go:build guest

package guest

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"tram06/e2e/bench/figure"
)

// measured tells the host a time that must stay below limit, if that is not 0.
func measured(t *testing.T, what string, took, limit time.Duration, how string, args ...any) {
	t.Helper()
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	t.Logf("%s: %s ms", what, figure.Number(ms(took)))
	f := figure.Figure{What: what, Value: ms(took), Unit: "ms", Limit: ms(limit), How: fmt.Sprintf(how, args...)}
	if err := tell("@figure", f); err != nil {
		t.Fatal(err)
	}
}

// tellMachine tells the host on what the figures were taken.
func tellMachine() error {
	m, err := figure.ThisMachine()
	if err != nil {
		return err
	}
	return tell("@machine", m)
}

// tell gives the host a value in one line of its own.
func tell(mark string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Printf("\n%s %s\n", mark, b)
	return err
}
