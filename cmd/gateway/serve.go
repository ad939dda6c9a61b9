package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tram06/firmware/dossier"
	"tram06/firmware/service"
	"tram06/gateway"
	"tram06/gateway/intake"
	"tram06/gateway/store/sqlite"
)

type serveFlags struct {
	listen, state, cert, key, clientCA, hpkeKey, services, office, log, ready string

	portal portalFlags
}

func serveCommand() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve kiosks over HTTPS until Ctrl-C",
		Long: `Serve kiosks over HTTPS until Ctrl-C or SIGTERM; requests under way are finished.

A kiosk shows a certificate of the authority in --client-ca. Its dossiers must
be sealed to the key in --hpke-key and fit a form in --services.

With --portal every dossier goes on to the portal behind the gateway, once, as
docs/portal-api.md says; 'gateway dossier list' tells how far each is.`,
		Example: `  gateway serve --state /var/lib/gateway --listen :8443 \
      --tls-cert gateway.pem --tls-key gateway-key.pem \
      --client-ca devices-ca.pem --hpke-key gateway-seal.pem
  gateway serve --portal https://portal.example/api --portal-ca portal-ca.pem …
  gateway serve --state ./state --listen 127.0.0.1:0 --ready ./gateway.addr …`,
		Args: exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return serve(c.Context(), f, c) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.listen, "listen", "127.0.0.1:8443", "address to listen on; port 0 takes a free one")
	fl.StringVar(&f.state, "state", "", "folder for what the gateway keeps")
	fl.StringVar(&f.cert, "tls-cert", "", "server certificate, PEM")
	fl.StringVar(&f.key, "tls-key", "", "its private key, PEM")
	fl.StringVar(&f.clientCA, "client-ca", "", "authority of the kiosks' certificates, PEM")
	fl.StringVar(&f.hpkeKey, "hpke-key", "", "private key that opens dossiers, PEM")
	fl.StringVar(&f.services, "services", "", "folder of service files; the built-in ones if not given")
	fl.StringVar(&f.office, "office", "H00.00", "code of the office, beginning each receipt number")
	fl.StringVar(&f.log, "log", "text", "form of the log: text or json")
	fl.StringVar(&f.ready, "ready", "", "file to write the address to once it is served")
	f.portal.register(cmd)
	for _, name := range []string{"state", "tls-cert", "tls-key", "client-ca", "hpke-key"} {
		_ = cmd.MarkFlagRequired(name)
	}
	return cmd
}

func storePath(state string) string { return filepath.Join(state, "gateway.db") }

func serve(ctx context.Context, f serveFlags, c *cobra.Command) error {
	log, err := newLog(c.ErrOrStderr(), f.log)
	if err != nil {
		return err
	}
	services, err := loadServices(f.services)
	if err != nil {
		return err
	}
	conf, err := gateway.TLSConfig(f.cert, f.key, f.clientCA)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(f.hpkeKey)
	if err != nil {
		return fmt.Errorf("read sealing key: %w", err)
	}
	key, err := dossier.ParsePrivateKey(data)
	if err != nil {
		return fmt.Errorf("read sealing key %s: %w", f.hpkeKey, err)
	}
	st, err := sqlite.Open(ctx, storePath(f.state), sqlite.Options{Office: f.office})
	if err != nil {
		return err
	}
	defer st.Close()
	forward, taken, err := f.portal.forwarder(st, key, log)
	if err != nil {
		return err
	}
	h, err := gateway.New(gateway.Options{
		Store: st, Key: key, Check: intake.FormChecker(services), Taken: taken, Now: time.Now, Log: log,
	})
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", f.listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	log.Info("serving", "address", "https://"+ln.Addr().String(), "services", len(services))
	if f.ready != "" {
		if err := announce(f.ready, ln.Addr().String()); err != nil {
			ln.Close()
			return err
		}
	}
	if forward == nil {
		return gateway.Serve(ctx, ln, conf, h, log)
	}
	ctx, stop := context.WithCancel(ctx)
	forwarded := make(chan error, 1)
	go func() {
		forwarded <- forward(ctx)
		stop()
	}()
	err = gateway.Serve(ctx, ln, conf, h, log)
	stop()
	return errors.Join(err, <-forwarded)
}

func loadServices(dir string) ([]service.Service, error) {
	fsys := service.Builtin()
	if dir != "" {
		fsys = os.DirFS(dir)
	}
	list, err := service.Load(fsys)
	if err != nil {
		return nil, fmt.Errorf("load services: %w", err)
	}
	return list, nil
}
