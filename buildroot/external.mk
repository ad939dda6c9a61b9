include $(sort $(wildcard $(BR2_EXTERNAL_TRAM06_PATH)/package/*/*.mk))
