package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"tram06/devdock/devpki"
	"tram06/firmware/receipt"
	"tram06/firmware/submit"
	"tram06/ui/panel"
)

// The scripts run the very program, as processes of their own; the helpers
// beside it make the keys, sign a receipt's code, and look at the screen.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"kiosk":   func() { os.Exit(run()) },
		"devpki":  func() { helper(makeKeys) },
		"receipt": func() { helper(signReceipt) },
		"screen":  func() { helper(readScreen) },
		"issuers": func() { helper(makeAuthorities) },
	})
}

func helper(f func() error) {
	if err := f(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", Setup: files06})
}

// files06 puts the files of a made-up terminal into the script's folder.
func files06(env *testscript.Env) error {
	for _, name := range []string{"board.yaml", "site.yaml"} {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(env.WorkDir+"/"+name, b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func makeKeys() error {
	_, err := devpki.Make("pki", "SM06", time.Now())
	return err
}

const pki = "pki/DEVELOPMENT-"

func signReceipt() error {
	id, err := submit.LoadIdentity(pki+"kiosk.pem", pki+"kiosk-key.pem", pki+"ca.pem")
	if err != nil {
		return err
	}
	code, err := receipt.Sign(receipt.Claim{
		Kiosk: id.Name, Number: "SM06-2311-0042", Dossier: "0190e2c5-8f3b-7cc0-98c4-dc0c0c07398f", Outcome: receipt.Kept,
		At: time.Date(2026, 11, 23, 2, 42, 0, 0, time.UTC),
	}, id.Key, rand.Reader)
	fmt.Print(code)
	return err
}

// readScreen waits on the panel's socket os.Args[1] until the page os.Args[2]
// shows, and prints its texts. With a third argument it touches that target.
func readScreen() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	c, err := panel.Dial(ctx, os.Args[1])
	for err != nil && ctx.Err() == nil { // the kiosk is still starting
		<-again.C
		c, err = panel.Dial(ctx, os.Args[1])
	}
	if err != nil {
		return err
	}
	defer c.Close()
	sc, err := c.AwaitName(ctx, os.Args[2])
	if err != nil {
		return err
	}
	fmt.Println(strings.Join(sc.Texts, "\n"))
	if len(os.Args) > 3 {
		return c.Tap(ctx, os.Args[3])
	}
	return nil
}
