package main

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"tram06/firmware/calendar"
	"tram06/firmware/receipt"
)

func receiptCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "receipt",
		Short: "Check the code on a receipt, without a network",
		Args:  none,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	var cert string
	var asJSON bool
	verify := &cobra.Command{
		Use:     "verify TEXT",
		Short:   "Say what the code claims and whether this kiosk signed it",
		Example: `  kiosk receipt verify --cert kiosk-sm06.pem T06:QGAW4…`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New("receipt verify takes the text of one code")}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if cert == "" {
				return usageError{errors.New("say whose receipt it is: --cert FILE")}
			}
			pub, err := certificateKey(cert)
			if err != nil {
				return err
			}
			claim, err := receipt.Verify(args[0], pub)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(c.OutOrStdout()).Encode(map[string]string{
					"kiosk": claim.Kiosk, "number": claim.Number, "dossier": claim.Dossier, "outcome": string(claim.Outcome),
					"at": claim.At.In(calendar.Zone()).Format("2006-01-02T15:04:05-07:00")})
			}
			fmt.Fprintf(c.OutOrStdout(), "genuine: kiosk %s, receipt %s, %s, %s\n", claim.Kiosk, claim.Number, claim.Outcome,
				calendar.Moment(claim.At, "vi"))
			return nil
		},
	}
	verify.Flags().StringVar(&cert, "cert", "", "the kiosk's certificate, PEM")
	verify.Flags().BoolVar(&asJSON, "json", false, "answer as one JSON object")
	cmd.AddCommand(verify)
	return cmd
}

// certificateKey reads the public key of a certificate file.
func certificateKey(path string) (any, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	block, _ := pem.Decode(b)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, fmt.Errorf("%s holds no certificate in PEM", path)
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c.PublicKey, nil
}
