# Refusals of those who ask too often, or from where nobody should.

error-too-many = Too many requests
error-too-many-what = Your device, or others on your network, sent us more requests than a person can make. Wait a minute, then try again.
error-network = You cannot use this service from here
error-network-what = Requests from the network that you are on are refused. Use another network, or ask the people who run this service.
device-unknown = a device that did not tell us what it is
