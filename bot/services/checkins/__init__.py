"""Check-ins: how is it going at home?"""
