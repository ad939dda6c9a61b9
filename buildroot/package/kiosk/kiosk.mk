################################################################################
#
# kiosk
#
################################################################################

KIOSK_VERSION = $(or $(TRAM06_VERSION),unknown)
KIOSK_SITE = $(call qstrip,$(BR2_PACKAGE_KIOSK_SOURCE))
KIOSK_SITE_METHOD = local
KIOSK_LICENSE = Apache-2.0
KIOSK_LICENSE_FILES = LICENSE
KIOSK_DEPENDENCIES = host-pkgconf libdrm libegl libgles mesa3d pcsc-lite

# A local source has no address to guess the module's name from.
KIOSK_GOMOD = tram06
KIOSK_BUILD_TARGETS = cmd/kiosk
KIOSK_TAGS = drm
KIOSK_LDFLAGS = -s -w -X main.version=$(KIOSK_VERSION)
KIOSK_GO_ENV = \
	CGO_CFLAGS="$(TARGET_CFLAGS) -I$(STAGING_DIR)/usr/include/libdrm"

# raylib-go names the host's libdrm headers, which the compiler wrapper refuses.
define KIOSK_DROP_HOST_HEADERS
	$(SED) 's: -I/usr/include/libdrm : :' \
		$(@D)/vendor/github.com/gen2brain/raylib-go/raylib/cgo_linux_drm.go
endef
KIOSK_PRE_BUILD_HOOKS += KIOSK_DROP_HOST_HEADERS

define KIOSK_USERS
	kiosk -1 kiosk -1 * - - audio,video,render,input,dialout,lp Tram 06 kiosk
endef

define KIOSK_INSTALL_UDEV_RULES
	$(INSTALL) -D -m 0644 $(KIOSK_PKGDIR)/60-kiosk.rules \
		$(TARGET_DIR)/usr/lib/udev/rules.d/60-kiosk.rules
endef
KIOSK_POST_INSTALL_TARGET_HOOKS += KIOSK_INSTALL_UDEV_RULES

define KIOSK_INSTALL_INIT_SYSTEMD
	$(INSTALL) -D -m 0644 $(KIOSK_PKGDIR)/kiosk.service \
		$(TARGET_DIR)/usr/lib/systemd/system/kiosk.service
endef

$(eval $(golang-package))
