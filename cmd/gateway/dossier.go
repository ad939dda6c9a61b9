package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tram06/firmware/dossier"
	"tram06/gateway/intake"
	"tram06/gateway/portal"
	"tram06/gateway/store"
	"tram06/gateway/store/sqlite"
)

func dossierCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dossier",
		Short: "List dossiers, open one, or have one go to the portal again",
		Args:  exactly(1, "list, show or retry"),
		RunE: func(c *cobra.Command, args []string) error {
			return usagef("dossier %q: want list, show or retry", args[0])
		},
	}
	cmd.AddCommand(dossierList(), dossierShow(), dossierRetry())
	return cmd
}

// summary is one line of the list; nothing of it is personal.
type summary struct {
	ID          string    `json:"id"`
	Number      string    `json:"number"`
	KioskNumber string    `json:"kiosk_number"`
	Device      string    `json:"device"`
	Service     string    `json:"service"`
	Version     string    `json:"version"`
	Procedure   string    `json:"procedure"`
	CreatedAt   time.Time `json:"created_at"`
	ReceivedAt  time.Time `json:"received_at"`
	Digest      string    `json:"digest"`
	Onward      onward    `json:"onward"`
}

func summarise(r store.Record) summary {
	return summary{r.ID, r.Number, r.KioskNumber, r.Device, r.Service, r.Version, r.Procedure, r.CreatedAt, r.ReceivedAt, r.Digest.Field(), onwardOf(r.Delivery)}
}

func dossierList() *cobra.Command {
	var state, output string
	var limit int
	var onward []string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List dossiers, the newest first, without personal data",
		Long: `List dossiers, the newest first, without personal data, and how far each is on
its way to the portal:

  waiting   the portal has nothing of it
  unclear   it is on its way just now, or the answer was lost; the portal is asked
  sent      the portal has it under the number shown
  refused   the portal will not take it as it is; a person must look

The codes are explained in docs/portal-api.md.`,
		Example: `  gateway dossier list --state /var/lib/gateway
  gateway dossier list --state /var/lib/gateway --output json --limit 1
  gateway dossier list --state /var/lib/gateway --onward refused,unclear`,
		Args: exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := checkOutput(output); err != nil {
				return err
			}
			states, err := onwardStates(onward)
			if err != nil {
				return err
			}
			st, err := openExisting(c.Context(), state)
			if err != nil {
				return err
			}
			defer st.Close()
			list, err := st.List(c.Context(), limit, states...)
			if err != nil {
				return err
			}
			rows := make([]summary, 0, len(list))
			for _, r := range list {
				rows = append(rows, summarise(r))
			}
			if output == "json" {
				return writeJSON(c.OutOrStdout(), rows)
			}
			w := tabwriter.NewWriter(c.OutOrStdout(), 0, 8, 2, ' ', 0)
			fmt.Fprintln(w, "NUMBER\tKIOSK NUMBER\tDEVICE\tSERVICE\tRECEIVED\tAT THE PORTAL\tSINCE\tTRIES\tID")
			for _, r := range rows {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", r.Number, r.KioskNumber, r.Device, r.Service,
					r.ReceivedAt.Format(time.RFC3339), r.Onward, r.Onward.Since.Format(time.RFC3339), r.Onward.Tries, r.ID)
			}
			return w.Flush()
		},
	}
	stateFlag(cmd, &state)
	outputFlag(cmd, &output)
	cmd.Flags().IntVar(&limit, "limit", 50, "how many at most")
	cmd.Flags().StringSliceVar(&onward, "onward", nil, "only those in these states on their way to the portal")
	return cmd
}

func dossierShow() *cobra.Command {
	var state, hpkeKey, output string
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Open one dossier; who did so is recorded first",
		Long: `Open one dossier with the gateway's key and show it, personal data and all.
The signature is verified again. The name of the user who looks is recorded in
the store before anything is shown.`,
		Example: `  gateway dossier show 019aa8f2-0c00-7abc-8def-0123456789ab \
      --state /var/lib/gateway --hpke-key gateway-seal.pem --output json`,
		Args: exactly(1, "one dossier id"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := checkOutput(output); err != nil {
				return err
			}
			return show(c.Context(), c.OutOrStdout(), state, hpkeKey, output, args[0])
		},
	}
	stateFlag(cmd, &state)
	outputFlag(cmd, &output)
	cmd.Flags().StringVar(&hpkeKey, "hpke-key", "", "private key that opens dossiers, PEM")
	_ = cmd.MarkFlagRequired("hpke-key")
	return cmd
}

func show(ctx context.Context, out io.Writer, state, hpkeKey, output, id string) error {
	if !dossier.ValidID(id) {
		return usagef("%q is no dossier id; 'gateway dossier list' shows them", id)
	}
	data, err := os.ReadFile(hpkeKey)
	if err != nil {
		return fmt.Errorf("read sealing key: %w", err)
	}
	key, err := dossier.ParsePrivateKey(data)
	if err != nil {
		return fmt.Errorf("read sealing key %s: %w", hpkeKey, err)
	}
	st, err := openExisting(ctx, state)
	if err != nil {
		return err
	}
	defer st.Close()
	rec, err := st.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("no dossier %s", id)
	}
	if err != nil {
		return err
	}
	opened, err := intake.Unseal(ctx, rec, key, st)
	if err != nil {
		return err
	}
	if err := st.NoteAccess(ctx, id, operator(), time.Now()); err != nil {
		return err
	}
	body, err := opened.Body.Canonical()
	if err != nil {
		return err
	}
	if output == "json" {
		return writeJSON(out, struct {
			Receipt  summary         `json:"receipt"`
			SignedBy string          `json:"signed_by"`
			Body     json.RawMessage `json:"dossier"`
		}{summarise(rec), opened.KeyID, body})
	}
	return writeTable(out, rec, opened)
}

func writeTable(out io.Writer, rec store.Record, o dossier.Opened) error {
	b := o.Body
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	line := func(name, value string) { fmt.Fprintf(w, "%s\t%s\n", name, value) }
	line("number", rec.Number)
	line("kiosk number", b.Number)
	line("service", b.Service+" "+b.Version+" ("+b.Procedure+")")
	line("received", rec.ReceivedAt.Format(time.RFC3339))
	at := onwardOf(rec.Delivery)
	line("at the portal", fmt.Sprintf("%s, since %s, tries: %d", at, at.Since.Format(time.RFC3339), at.Tries))
	if m := portal.Means(portal.Code(at.Code)); m.Text != "" {
		line("", m.Text+" "+m.Remedy)
	}
	line("site", b.Site+" ("+b.Kiosk+")")
	line("applicant", b.Applicant.Name)
	line("id number", b.Applicant.Number)
	line("born", b.Applicant.Birth)
	line("residence", b.Applicant.Residence)
	line("assurance", b.Assurance.String())
	line("proofs", fmt.Sprintf("hashes %v, signature %v, chain %v, chip %v",
		b.Proofs.Hashes, b.Proofs.Signature, b.Proofs.Chain, b.Proofs.Chip))
	line("consent", b.ConsentAt.Format(time.RFC3339))
	for _, k := range sortedKeys(b.Answers) {
		line("answer "+k, b.Answers[k])
	}
	line("signed by", o.KeyID)
	return w.Flush()
}

// openExisting opens the store without making one where there is none.
func openExisting(ctx context.Context, state string) (*sqlite.Store, error) {
	if _, err := os.Stat(storePath(state)); err != nil {
		return nil, fmt.Errorf("no store in %s: %w", state, err)
	}
	// The office matters only for new numbers, which no command here mints.
	return sqlite.Open(ctx, storePath(state), sqlite.Options{Office: "H00.00"})
}

func operator() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return fmt.Sprintf("uid %d", os.Getuid())
}
