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
// portal. Nobody tells of it, so it is looked at again and again.
func awaitOnward(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: onward STATE")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	st, err := sqlite.Open(ctx, ts.MkAbs(filepath.Join("state", "gateway.db")), sqlite.Options{Office: "H00.00"})
	ts.Check(err)
	defer st.Close()
	for t := time.NewTicker(20 * time.Millisecond); ; {
		list, err := st.List(ctx, 1)
		ts.Check(err)
		if len(list) == 1 && list[0].Delivery.State == store.State(args[0]) {
			return
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			ts.Fatalf("waiting for %s: %+v", args[0], list)
		}
	}
}
