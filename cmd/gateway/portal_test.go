package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"tram06/devdock/portal"
	"tram06/gateway/store"
	"tram06/gateway/store/sqlite"
)

// playPortal is a portal that behaves in one way: portal MODE READY. At Ctrl-C
// it says what it has seen.
func playPortal() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	pair := filepath.Join("pki", "DEVELOPMENT-gateway")
	cert, err := tls.LoadX509KeyPair(pair+".pem", pair+"-key.pem")
	if err != nil {
		return err
	}
	p := portal.New(portal.Options{})
	if err := p.Set(portal.Mode(os.Args[1])); err != nil {
		return err
	}
	if err := p.Listen(cert); err != nil {
		return err
	}
	if err := announce(os.Args[2], strings.TrimPrefix(p.URL(), "https://")); err != nil {
		return err
	}
	<-ctx.Done()
	s := p.State()
	fmt.Printf("received %d, twice %d, asked %d\n", s.Received, s.Duplicates, s.Asked)
	return p.Close()
}

// awaitOnward waits until the newest dossier is in a state on its way to the
// portal.
func awaitOnward(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: onward STATE")
	}
	look(ts, "state", func(ctx context.Context, st store.Store) (bool, error) {
		list, err := st.List(ctx, 1)
		return len(list) == 1 && list[0].Delivery.State == store.State(args[0]), err
	})
}

// awaitPause waits until a portal is left alone and nothing is on its way.
func awaitPause(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: paused STATE-FOLDER")
	}
	look(ts, args[0], func(ctx context.Context, st store.Store) (bool, error) {
		list, err := st.Portals(ctx)
		return len(list) == 1 && list[0].Pause.Code != "" && list[0].Counts[store.Waiting] == 1, err
	})
}

// look looks at a gateway's store again and again, since nobody tells when it
// changes.
func look(ts *testscript.TestScript, folder string, fits func(context.Context, store.Store) (bool, error)) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	st, err := sqlite.Open(ctx, storePath(ts.MkAbs(folder)), sqlite.Options{Office: "H00.00"})
	ts.Check(err)
	defer st.Close()
	t := time.NewTicker(20 * time.Millisecond)
	defer t.Stop()
	for {
		ok, err := fits(ctx, st)
		ts.Check(err)
		if ok {
			return
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			ts.Fatalf("waiting: %v", ctx.Err())
		}
	}
}
