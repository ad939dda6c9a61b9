package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	randv2 "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"tram06/devdock/devpki"
	"tram06/firmware/dossier"
	"tram06/firmware/outbox"
	"tram06/firmware/person"
	"tram06/firmware/service"
	"tram06/firmware/submit"
)

// The scripts run the very program, as processes of their own; the helpers beside
// it make the keys, and play the kiosk and the portal.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"gateway": func() { os.Exit(run()) },
		"devpki":  func() { helper(makeKeys) },
		"handin":  func() { helper(handIn) },
		"portal":  func() { helper(playPortal) },
	})
}

func helper(f func() error) {
	if err := f(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"await":  awaitFile,
			"onward": awaitOnward,
			"paused": awaitPause,
		},
	})
}

func makeKeys() error {
	_, err := devpki.Make("pki", "SM06", time.Now())
	return err
}

// awaitFile waits for a file that a program in the background writes whole: it
// is told by the kernel when a name appears in the folder.
func awaitFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await FILE")
	}
	path := ts.MkAbs(args[0])
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	ts.Check(err)
	defer unix.Close(fd)
	_, err = unix.InotifyAddWatch(fd, filepath.Dir(path), unix.IN_CREATE|unix.IN_MOVED_TO)
	ts.Check(err)
	buf := make([]byte, 4096)
	for {
		if _, err := os.Stat(path); err == nil {
			return
		}
		if _, err := unix.Read(fd, buf); err != nil && err != unix.EINTR {
			ts.Check(err)
		}
	}
}

// handIn hands one dossier in to the gateway whose address is in gateway.addr,
// and prints its id.
func handIn() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	addr, err := os.ReadFile("gateway.addr")
	if err != nil {
		return err
	}
	at := func(name string) string { return filepath.Join("pki", "DEVELOPMENT-"+name) }
	id, err := submit.LoadIdentity(at("kiosk.pem"), at("kiosk-key.pem"), at("ca.pem"))
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(at("gateway-seal.pub.pem"))
	if err != nil {
		return err
	}
	pub, err := dossier.ParsePublicKey(raw)
	if err != nil {
		return err
	}
	all, err := service.Load(service.Builtin())
	if err != nil {
		return err
	}
	now := time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)
	svc, err := service.Find(all, "residence_confirmation", now)
	if err != nil {
		return err
	}
	box, err := outbox.Open(ctx, "outbox.db", outbox.Options{
		Seal:   func(b dossier.Body) (dossier.Sealed, error) { return dossier.Seal(b, id.Key, pub) },
		Prefix: "SM06", Kiosk: "SM06", Site: "Công an phường Mẫu", Now: func() time.Time { return now }, Rand: rand.Reader,
	})
	if err != nil {
		return err
	}
	defer box.Close()
	d := dossier.Draft{
		Service: svc.ID, ServiceVersion: svc.Version, Procedure: svc.Code, Lang: "vi", ConsentAt: now, Answers: map[string]string{},
		Person: person.Person{Number: "001090000638", Name: "NGUYỄN VĂN MẪU", Birth: "01/02/1990", Assurance: person.ChipRead},
	}
	for _, s := range svc.Steps {
		if s.Kind == service.Choice {
			d.Answers[s.ID] = s.Options[0].Value
		}
	}
	e, err := box.Create(ctx, d)
	if err != nil {
		return err
	}
	c, err := submit.NewClient("https://"+strings.TrimSpace(string(addr)), id.TLS, 0)
	if err != nil {
		return err
	}
	outcome := make(chan submit.Result, 100)
	loop := make(chan error, 1)
	within, stop := context.WithCancel(ctx)
	go func() {
		loop <- submit.Run(within, submit.Options{Outbox: box, Client: c, Notify: func(r submit.Result) { outcome <- r },
			Now: func() time.Time { return now }, Rand: randv2.New(randv2.NewPCG(1, 1)), Log: slog.New(slog.DiscardHandler)})
	}()
	select {
	case r := <-outcome:
		if _, ok := r.(submit.Accepted); !ok {
			err = fmt.Errorf("outcome %+v", r)
		}
	case <-ctx.Done():
		err = ctx.Err()
	}
	stop()
	if e := <-loop; err == nil {
		err = e
	}
	if err == nil {
		fmt.Print(e.ID)
	}
	return err
}
