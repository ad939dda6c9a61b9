package main

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"tram06/fleet/api"
)

var errEnded = errors.New("event stream ended")

// scriptWait: waitfor ID online|late|offline|bye|heard follows the server's
// events until the kiosk is so; heard means from now on, since a server that
// was restarted remembers kiosks as online that have not found it yet.
func scriptWait(ts *testscript.TestScript, neg bool, args []string) {
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Minute)
	defer stop()
	c, err := api.NewClient(ts.Getenv("WEB"), http.DefaultClient)
	ts.Check(err)
	began := time.Now()
	err = follow(ctx, ts.Getenv("WEB"), func() (bool, error) {
		k, err := c.Kiosk(ctx, args[0])
		if errors.Is(err, api.ErrUnknown) {
			return false, nil // added, and not swept in yet
		}
		switch args[1] {
		case "bye":
			return k.Bye, err
		case "heard":
			return k.LastSeen != nil && k.LastSeen.After(began), err
		}
		return string(k.Presence) == args[1], err
	})
	if err != nil {
		ts.Fatalf("%s never was %s: %v\n%s", args[0], args[1], err, ts.ReadFile("fleet.log"))
	}
}

// follow asks at each event of the server until it is told that it is enough.
func follow(ctx context.Context, web string, enough func() (bool, error)) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, web+"/events", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	in := bufio.NewScanner(res.Body)
	for in.Scan() {
		if !strings.HasPrefix(in.Text(), "event: ") {
			continue
		}
		if ok, err := enough(); ok || err != nil {
			return err
		}
	}
	return errors.Join(errEnded, in.Err())
}
