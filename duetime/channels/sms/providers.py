"""Which adapter speaks for an endpoint."""

from duetime.channels.sms.http_gateway import HttpGatewayProvider
from duetime.channels.sms.messagebird import MessageBirdProvider
from duetime.channels.sms.provider import Provider
from duetime.channels.sms.twilio import TwilioProvider
from duetime.channels.sms.vonage import VonageProvider
from duetime.config.sms_gateway import HttpGateway
from duetime.config.sms_providers import MessageBird, Twilio, Vonage
from duetime.config.sms_settings import SmsEndpoint


def provider_of(endpoint: SmsEndpoint) -> Provider:
    """The adapter of the provider that the endpoint's settings name. They are checked: there is one."""
    (provider,) = endpoint.providers.values()
    match provider:
        case Twilio():
            return TwilioProvider(provider)
        case Vonage():
            return VonageProvider(provider)
        case MessageBird():
            return MessageBirdProvider(provider)
        case HttpGateway():
            return HttpGatewayProvider(provider)
